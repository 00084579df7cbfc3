"""Steps of whole questions, their micro-batches, and the micro-batches of each process."""

from services.rm.training.batches import QuestionSize, assign_micro_batches, plan_steps


def test_a_step_has_whole_questions_until_its_pairs_are_there():
    sizes = [QuestionSize(pairs, tokens) for pairs, tokens in [(3, 50), (1, 60), (4, 30), (2, 200), (6, 10)]]
    steps = plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=1)
    for epoch in (0, 1):
        steps_of_epoch = [step for step in steps if step.epoch == epoch]
        assert sorted(at for step in steps_of_epoch for at in step.questions) == [0, 1, 2, 3, 4]
        for step in steps_of_epoch[:-1]:
            without_last = step.questions[:-1]
            assert (
                sum(sizes[at].pairs for at in step.questions)
                >= 5
                > sum(sizes[at].pairs for at in without_last)
            )
    for batch in (batch for step in steps for batch in step.micro_batches):
        assert len(batch) == 1 or sum(sizes[at].tokens for at in batch) <= 100
    orders = [[at for step in steps if step.epoch == epoch for at in step.questions] for epoch in (0, 1)]
    assert orders[0] != orders[1]
    assert steps == plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=1)
    assert steps != plan_steps(sizes, pairs=5, tokens=100, epochs=2, seed=2)


def test_every_process_has_as_many_micro_batches_and_each_micro_batch_counts_once():
    batches = [(0,), (1, 2), (3,), (4,), (5,)]
    shares = [assign_micro_batches(batches, rank, 3) for rank in range(3)]
    assert {len(share) for share in shares} == {2}
    assert sorted(batch for share in shares for batch, counts in share if counts) == batches
