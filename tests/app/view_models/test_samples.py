from __future__ import annotations

import json

import numpy as np
import pytest

from app.view_models.document import ExperimentDocument
from app.view_models.samples import DRAWS, SamplesModel
from nn_engine import Rotation, Scaling, Translation, preset
from nn_engine.data.augmentation import AugmentationPipeline
from nn_engine.data.augmentation.pipeline import Augmented
from nn_engine.data.dataset import ArrayDataset
from nn_engine.data.preprocessing import Preprocessing
from nn_engine.types import Floats


@pytest.fixture
def data() -> ArrayDataset:
    rng = np.random.default_rng(0)
    images = np.zeros((200, 28, 28), np.uint8)
    images[:, 8:20, 10:18] = rng.integers(100, 256, (200, 12, 8))
    return ArrayDataset(images, np.arange(200) % 10)


@pytest.fixture
def document() -> ExperimentDocument:
    augmentation = (Rotation(degrees=10), Translation(pixels=2), Scaling(percent=10))
    return ExperimentDocument(preset("mnist-300").replace(augmentation=augmentation))


@pytest.fixture
def model(document: ExperimentDocument, data: ArrayDataset) -> SamplesModel:
    made = SamplesModel(document)
    made.use_data(data)
    return made


def _numbers(model: SamplesModel, name: str) -> list[float]:
    texts = [next(each.text for each in model.drawn(index) if each.name == name) for index in range(DRAWS)]
    return [float(text.split()[0].replace("−", "-")) for text in texts]


def test_one_sample_of_each_class_and_nine_draws_of_one(model: SamplesModel, data: ArrayDataset) -> None:
    assert [int(data.targets[number]) for number in model.numbers] == list(range(10))
    assert model.names == [str(digit) for digit in range(10)]
    assert np.array_equal(model.original[0], data.samples[model.number])
    assert np.array_equal(model.thumbnails, data.samples[model.numbers])
    assert model.draws.shape == (9, 28, 28)
    assert len({image.tobytes() for image in model.draws}) == 9


def test_what_was_drawn_is_told_in_words(model: SamplesModel) -> None:
    assert [each.name for each in model.drawn()] == ["Rotation", "Shift x", "Shift y", "Scale"]
    rotation, shift, _, scale = (each.text for each in model.drawn())
    assert rotation.endswith(" °")
    assert rotation[0] in "+−0"
    assert shift.endswith(" px")
    assert scale.endswith(" %")
    assert 90 <= float(scale.removesuffix(" %")) <= 110
    assert model.told(4).startswith(f"Rotation {rotation}, Shift x {shift}")


def test_the_same_draws_grow_with_their_range(model: SamplesModel, document: ExperimentDocument) -> None:
    before, shifts = _numbers(model, "Rotation"), _numbers(model, "Shift x")
    version = model.version
    assert document.set("augmentation.0.degrees", "40", dragging=True) == ""
    assert model.version > version
    model.update()
    assert _numbers(model, "Rotation") == pytest.approx([4 * value for value in before], abs=0.25)
    assert _numbers(model, "Shift x") == shifts


def test_nothing_is_drawn_anew_by_edits_of_something_else(model: SamplesModel, document: ExperimentDocument) -> None:
    version, draws = model.version, model.draws
    document.set("epochs", "7")
    model.update()
    assert (model.version, model.draws) == (version, draws)


def test_another_handful_has_other_samples_and_can_be_repeated(
    model: SamplesModel, document: ExperimentDocument, data: ArrayDataset
) -> None:
    first = list(model.numbers)
    model.another_handful()
    assert model.numbers != first
    twin = SamplesModel(document)
    twin.use_data(data)
    assert twin.numbers == first
    twin.another_handful()
    assert np.array_equal(twin.draws, model.draws)


def test_choosing(model: SamplesModel, data: ArrayDataset) -> None:
    model.choose(7)
    assert data.targets[model.number] == 7
    assert np.array_equal(model.original[0], data.samples[model.number])
    told = model.drawn()
    model.choose_draw(0)
    assert model.drawn() == model.drawn(0) != told


def test_the_same_data_again_keeps_the_choice(model: SamplesModel, data: ArrayDataset) -> None:
    model.another_handful()
    model.choose(5)
    numbers = list(model.numbers)
    model.use_data(data)
    assert (model.chosen, model.numbers) == (5, numbers)


def test_without_augmentation_all_are_the_original(model: SamplesModel, document: ExperimentDocument) -> None:
    document.set("augmentation", "[]")
    model.update()
    assert not model.augmented
    assert model.drawn() == []
    assert all(np.array_equal(image, model.original[0]) for image in model.draws)


def test_preprocessing_is_undone_for_the_picture(model: SamplesModel, document: ExperimentDocument) -> None:
    before = model.draws
    document.apply(document.experiment.replace(preprocessing=Preprocessing(deviation=0.3)), "other scale")
    model.update()
    assert np.abs(model.draws.astype(int) - before).max() <= 1


def test_data_that_is_no_image_is_explained(document: ExperimentDocument) -> None:
    model = SamplesModel(document)
    assert model.why_not == "The samples appear here as soon as the data is read."
    model.use_data(ArrayDataset(np.zeros((20, 2), np.float32), np.arange(20) % 2))
    assert model.why_not.startswith("These samples are not images")
    model.another_handful()
    model.choose(1)
    assert model.drawn() == []


def test_colour_images_and_fewer_classes(document: ExperimentDocument) -> None:
    model = SamplesModel(document)
    images = np.random.default_rng(0).integers(0, 256, (30, 12, 16, 3)).astype(np.uint8)
    model.use_data(ArrayDataset(images, np.arange(30) % 3))
    assert model.why_not == ""
    assert model.thumbnails.shape == (3, 12, 16, 3)
    assert model.draws.shape == (9, 12, 16, 3)


def test_a_mixed_sample_is_mixed_with_others_and_says_with_which(model: SamplesModel) -> None:
    document, plain = model._document, model.draws
    document.set("augmentation", json.dumps([{"type": "mix_up", "alpha": 1.0}]))
    model.update()
    told = [{each.name: each.text for each in model.drawn(place)} for place in range(DRAWS)]
    partners = {each["Mix-up with"] for each in told}
    assert partners <= set(model.names)
    assert len(partners) > 2
    assert plain.shape == model.draws.shape
    for place, each in enumerate(told):
        share = float(each["Mix-up"].removesuffix(" %")) / 100
        other = model.thumbnails[model.names.index(each["Mix-up with"])].astype(float)
        expected = (1 - share) * model.original[0].astype(float) + share * other
        assert np.abs(model.draws[place] - expected).max() <= 2.5, "what training would see"


def test_mixing_warps_one_partner_a_draw_and_never_the_sample_itself(
    model: SamplesModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    apply = AugmentationPipeline.apply_and_tell

    def counted(pipeline: AugmentationPipeline, images: Floats, rng: np.random.Generator) -> Augmented:
        counts.append(len(images))
        return apply(pipeline, images, rng)

    monkeypatch.setattr(AugmentationPipeline, "apply_and_tell", counted)
    model._document.set("augmentation", json.dumps([{"type": "rotation"}, {"type": "mix_up", "alpha": 1.0}]))
    model.update()
    assert sum(counts) == 2 * DRAWS
    partners = [each.text for place in range(DRAWS) for each in model.drawn(place) if each.name == "Mix-up with"]
    assert sorted(partners) == sorted(name for name in model.names if name != model.names[model.chosen])


def test_a_sample_that_has_no_other_is_mixed_with_itself(document: ExperimentDocument, data: ArrayDataset) -> None:
    model = SamplesModel(document)
    document.set("augmentation", json.dumps([{"type": "mix_up", "alpha": 1.0}]))
    model.use_data(ArrayDataset(data.samples[:1], data.targets[:1]))
    assert model.why_not == ""
    assert {each.text for place in range(DRAWS) for each in model.drawn(place)[1:]} == {"0"}
    assert all(np.array_equal(image, model.original[0]) for image in model.draws)


def test_a_flip_reads_as_words(model: SamplesModel) -> None:
    model._document.set("augmentation", json.dumps([{"type": "flip"}]))
    model.update()
    assert {model.drawn(place)[0].text for place in range(DRAWS)} == {"yes", "no"}
