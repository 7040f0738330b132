"""The studio without its window: the view models, the workers, and how edits and news go between them.

Edits go down: the document tells of them, live ones reach the present training, others wait for the next one. News
comes up: the pump calls ``drain``, which hands the workers' news to the models that show it. The window knows the
``Studio`` alone.
"""

from app.studio.studio import Studio

__all__ = ["Studio"]
