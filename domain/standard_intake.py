"""The intake in Bahasa Indonesia that a firm starts with, until it publishes words of its own.

The order of the questions is that of the intake topics (taxonomy, section 7); the consent names
each purpose in plain words and how it is taken back (UU 27/2022, articles 5 to 9 and 20 to 22).
"""

from typing import Final

from domain.intake import AnswerOption, IntakeFlow, IntakeQuestion
from domain.ports.assistant import IntakeTopic

_CONSENT: Final = IntakeQuestion(
    key="consent",
    topic=IntakeTopic.CONSENT,
    text=(
        "Selamat datang di {firm_name}, {contact_name}.\n\n"
        "Sebelum mulai, kami meminta persetujuan Anda untuk:\n"
        "1. mencatat dan memproses data yang Anda sampaikan di sini guna menelaah permintaan "
        "konsultasi Anda;\n"
        "2. memakai perangkat lunak asisten untuk merangkum pesan dan menyusun usulan balasan, "
        "yang selalu diperiksa tim kami sebelum dikirim.\n\n"
        "Data Anda kami kelola sesuai UU No. 27 Tahun 2022 tentang Pelindungan Data Pribadi. "
        "Anda bebas menolak, dan dapat menarik persetujuan kapan saja dengan membalas "
        "CABUT PERSETUJUAN. Balas BERHENTI jika tidak ingin dihubungi lagi.\n\n"
        "Apakah Anda setuju?"
    ),
    options=(
        AnswerOption(id="agree", title="Setuju"),
        AnswerOption(id="refuse", title="Tidak"),
    ),
)

_QUESTIONS: Final = (
    IntakeQuestion(
        key="deadline_or_date",
        topic=IntakeTopic.DEADLINE_OR_DATE,
        text=(
            "Terima kasih, {contact_name}. Apakah ada tanggal atau batas waktu penting dalam waktu "
            "dekat, misalnya sidang, panggilan, atau tenggat menjawab surat?"
        ),
        options=(
            AnswerOption(id="yes", title="Ya"),
            AnswerOption(id="no", title="Tidak", leads_to="full_name"),
        ),
    ),
    IntakeQuestion(
        key="deadline_when",
        topic=IntakeTopic.DEADLINE_OR_DATE,
        text=(
            "Kapan tanggal atau batas waktunya, dan untuk keperluan apa? "
            "Contoh: 12 Desember 2026, sidang pertama."
        ),
    ),
    IntakeQuestion(
        key="full_name",
        topic=IntakeTopic.FULL_NAME,
        text="Boleh kami tahu nama lengkap Anda, sesuai kartu identitas?",
    ),
    IntakeQuestion(
        key="opposing_party",
        topic=IntakeTopic.OPPOSING_PARTY,
        text=(
            "Siapa pihak lain dalam persoalan ini, baik perorangan maupun perusahaan? "
            "Jika tidak ada, balas: tidak ada."
        ),
    ),
    IntakeQuestion(
        key="location_or_court",
        topic=IntakeTopic.LOCATION_OR_COURT,
        text=(
            "Di kota atau kabupaten mana persoalan ini terjadi? Jika sudah ditangani pengadilan, "
            "kepolisian, atau instansi lain, mohon sebutkan namanya."
        ),
    ),
    IntakeQuestion(
        key="key_facts",
        topic=IntakeTopic.KEY_FACTS,
        text=(
            "Mohon ceritakan secara singkat, dalam satu pesan, apa yang terjadi: siapa yang "
            "terlibat, kapan, dan sudah sampai tahap mana."
        ),
    ),
    IntakeQuestion(
        key="documents",
        topic=IntakeTopic.DOCUMENTS,
        text=(
            "Dokumen apa yang Anda miliki, misalnya surat, perjanjian, atau bukti pembayaran? "
            "Anda boleh langsung mengirim foto atau berkasnya di sini. "
            "Jika belum ada, balas: belum ada."
        ),
    ),
    IntakeQuestion(
        key="desired_outcome",
        topic=IntakeTopic.DESIRED_OUTCOME,
        text="Apa hasil yang Anda harapkan dari persoalan ini?",
    ),
    IntakeQuestion(
        key="contact_time",
        topic=IntakeTopic.CONTACT_TIME,
        text=(
            "Terakhir, kapan waktu yang paling nyaman bagi Anda untuk kami hubungi? "
            "Contoh: hari kerja, pukul 09.00 sampai 12.00."
        ),
    ),
)

_CLOSING: Final = (
    "Terima kasih, {contact_name}. Keterangan Anda sudah kami terima dan akan dibaca oleh tim "
    "{firm_name}. Kami akan membalas melalui percakapan ini.\n\n"
    "Jika ada perkembangan baru atau dokumen tambahan, silakan kirimkan di sini. Mohon dipahami "
    "bahwa pesan otomatis ini bukan nasihat hukum. Dalam keadaan darurat yang mengancam "
    "keselamatan, segera hubungi 112 atau 110."
)

_REFUSED: Final = (
    "Baik, {contact_name}. Kami menghormati keputusan Anda dan tidak akan mengajukan pertanyaan "
    "lebih lanjut. Jika kemudian Anda berubah pikiran, balas SETUJU. Anda juga dapat menghubungi "
    "kantor {firm_name} secara langsung. Terima kasih."
)

_OPT_OUT_CONFIRMATION: Final = (
    "Permintaan Anda sudah kami catat. {firm_name} tidak akan mengirim pesan lagi kepada Anda. "
    "Jika suatu saat Anda ingin dihubungi kembali, balas MULAI. Terima kasih."
)


_WITHDRAWAL_CONFIRMATION: Final = (
    "Pencabutan persetujuan Anda sudah kami catat. {firm_name} tidak lagi memproses keterangan "
    "Anda berdasarkan persetujuan itu. Jika Anda berubah pikiran, balas SETUJU. Untuk tidak "
    "menerima pesan sama sekali, balas BERHENTI."
)

_SAFETY_TEXT: Final = (
    "Jika Anda atau orang di dekat Anda sedang dalam bahaya, segera hubungi 112 (darurat) atau "
    "110 (polisi). Untuk kekerasan terhadap perempuan dan anak, hubungi SAPA 129. Bila aman bagi "
    "Anda, balas pesan ini dengan nomor yang dapat kami telepon."
)


def standard_intake(*, version: int = 1) -> IntakeFlow:
    """Return the standard words, ready to be published by a human as this version."""
    return IntakeFlow(
        version=version,
        language="id",
        consent=_CONSENT,
        consent_yes="agree",
        consent_no="refuse",
        questions=_QUESTIONS,
        closing=_CLOSING,
        refused=_REFUSED,
        opt_out_confirmation=_OPT_OUT_CONFIRMATION,
        withdrawal_confirmation=_WITHDRAWAL_CONFIRMATION,
        safety_text=_SAFETY_TEXT,
    )
