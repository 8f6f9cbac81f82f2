"""What git has answered, and what it still has to be asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mergebot.model.questions import Answer, Question, Truth, Unanswered

NOT_ASKED = Unanswered(reason="git has not been asked yet")


@dataclass(slots=True)
class Answers:
    """Looks answers up, and notes the questions that have none; those are the plan's questions."""

    given: Mapping[Question, Answer]
    missing: dict[Question, None] = field(default_factory=dict)

    def ask(self, question: Question) -> Answer:
        """The answer; `NOT_ASKED` if there is none yet."""
        answer = self.given.get(question)
        if answer is None:
            self.missing[question] = None
            return NOT_ASKED
        return answer

    def truth(self, question: Question) -> bool | Unanswered:
        """The answer to a question of yes or no."""
        match answer := self.ask(question):
            case Truth():
                return answer.value
            case Unanswered():
                return answer
            case _:
                return Unanswered(reason="git's answer does not fit the question")
