"""An intake of few questions, so that a story is told quickly."""

from domain.intake import END_OF_INTAKE, AnswerOption, IntakeFlow, IntakeQuestion
from domain.ports.assistant import IntakeTopic


def short_intake() -> IntakeFlow:
    """Consent, one question with a branch, and the question that the branch skips."""
    return IntakeFlow(
        version=1,
        language="id",
        consent=IntakeQuestion(
            key="consent",
            topic=IntakeTopic.CONSENT,
            text="Selamat datang di {firm_name}, {contact_name}. Apakah Anda setuju?",
            options=(
                AnswerOption(id="agree", title="Setuju"),
                AnswerOption(id="refuse", title="Tidak"),
            ),
        ),
        consent_yes="agree",
        consent_no="refuse",
        questions=(
            IntakeQuestion(
                key="deadline_or_date",
                topic=IntakeTopic.DEADLINE_OR_DATE,
                text="Apakah ada tenggat?",
                options=(
                    AnswerOption(id="yes", title="Ada"),
                    AnswerOption(id="no", title="Tidak ada", leads_to=END_OF_INTAKE),
                ),
            ),
            IntakeQuestion(
                key="deadline_when",
                topic=IntakeTopic.DEADLINE_OR_DATE,
                text="Kapan tenggatnya?",
            ),
        ),
        closing="Terima kasih, {contact_name}. Tim kami akan membalas.",
        refused="Baik, kami tidak akan bertanya lagi.",
        opt_out_confirmation="Permintaan Anda sudah kami catat.",
    )
