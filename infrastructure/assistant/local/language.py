"""The language of a message: Indonesian, English, Javanese, Sundanese, or a mixture of two."""

from collections import Counter
from functools import cache
from typing import Final, NamedTuple

from domain.ports.assistant import MessageLanguage
from infrastructure.assistant.local.reading import Reading
from infrastructure.assistant.masking.vocabulary import words_of

_GREETINGS: Final = frozenset(
    "halo hallo hello hi hai hey selamat pagi siang sore malam assalamualaikum good morning afternoon evening "
    "permisi punten nuwun sewu please thanks thank you terima kasih makasih sorry ok oke pak bu bapak ibu mas mbak "
    "kak min admin sir mr mrs kang teh".split()
)
_LOAN_WORDS: Final = frozenset(
    "online offline email chat wa update deadline invoice meeting call video link transfer refund deposit partner "
    "customer marketing review rating follow up share posting post status story upload download hack hacker login "
    "password akun visa overstay kitas sponsor start startup founder investor franchise leasing collector dealer "
    "cash dp down payment paylater marketplace shop cod tracking resi delivery order cancel booking check in out "
    "service garansi charge rush ready stock training resign notice project deal fee admin office boy part time "
    "full freelance shift security developer agent agency vendor event organizer wedding catering apartment cluster "
    "villa hotel tour travel trip ticket laptop hp handphone charger screenshot cctv scan pdf file copy print "
    "lawyer legal case draft template mou nda pt cv hr hrd ceo it ig fb tiktok instagram facebook google youtube "
    "trading robot crypto bitcoin forex scam love fake account body shaming bully body open bo vc app web website "
    "domain server brand logo design endorse influencer content creator live streaming royalty source code "
    "single married ex toxic red flag green card bank mobile banking credit debit limit top saldo pin otp term sheet "
    "raise funding gym member laundry frozen food skincare coffee shop cafe bar restaurant supplier reseller "
    "dropship ekspor import export impor work from home driver boss manager supervisor staff team leader urgent "
    "emergency help report ppn pph spt nib oss bpjs tilang etle sim stnk due diligence joint venture merger "
    "non compete severance overtime gaji bonus thr phk no yes sexual harassment".split()
)
_INDONESIAN_FUNCTION: Final = frozenset(
    "saya aku kami kita kamu anda dia mereka yang yg dan dengan dgn untuk utk dari ke di pada ini itu tidak gak ga "
    "nggak enggak ngga tdk bukan belum blm sudah udah sdh udh akan mau ingin bisa bs harus karena krn tapi tetapi "
    "kalau kalo klo jika apa apakah siapa kapan bagaimana gimana gmn berapa kenapa mengapa juga jg saja aja lagi "
    "masih sedang telah pernah sangat sekali banget bgt atau agar supaya seperti sama oleh tanpa setelah sebelum "
    "sejak sampai hingga ada adalah tolong mohon minta dapat nya punya jadi terus trus lalu kemudian padahal malah "
    "soal tentang buat kok sih dong deh nih tuh ya iya pengen mas skrg sekarang tadi kemarin besok hari bulan tahun "
    "orang anak uang duit rumah teman istri suami semua banyak satu dua tiga cara".split()
)
_ENGLISH_SURE: Final = frozenset(
    "the is are was were my your his her our their i he she they we it this that to of and for with from have has had "
    "not do does did can could would should will what how where when who why need want help please am be been by on "
    "at as but if or because after before since about me him them us".split()
)
_SECOND_SHARE: Final = 0.25
_FIRST_SHARE: Final = 0.75
_REGIONAL_SHARE: Final = 0.6
_REGIONAL_TRACE_SHARE: Final = 0.3
_SECOND_WORDS_MIN: Final = 3
_CLAUSE_WORDS_MIN: Final = 4


class _Lists(NamedTuple):
    english: frozenset[str]
    javanese: frozenset[str]
    sundanese: frozenset[str]
    indonesian: frozenset[str]


@cache
def _lists() -> _Lists:
    """Words that belong to one language only."""
    indonesian = words_of("words_indonesian", "words_chat", "words_legal")
    english = words_of("words_english")
    javanese = words_of("words_javanese")
    sundanese = words_of("words_sundanese")
    shared = words_of("words_brands", "words_places") | _LOAN_WORDS | _GREETINGS
    return _Lists(
        english=(english - indonesian - javanese - sundanese - shared) | _ENGLISH_SURE,
        javanese=javanese - indonesian - english - sundanese - shared,
        sundanese=sundanese - indonesian - english - javanese - shared,
        indonesian=((indonesian | _INDONESIAN_FUNCTION) - english - shared - javanese - sundanese)
        | _INDONESIAN_FUNCTION,
    )


def detect_language(reading: Reading) -> MessageLanguage:
    """Language by words that only one language has; greetings and loan words do not count."""
    lists = _lists()
    counts: Counter[str] = Counter()
    english_by_clause: Counter[int] = Counter()
    words_by_clause: Counter[int] = Counter()
    for word in reading.words:
        language = _language_of(word.raw, lists)
        if language is not None:
            counts[language] += 1
            words_by_clause[word.clause] += 1
            english_by_clause[word.clause] += language == "en"
    total = sum(counts.values())
    if not total:
        return (
            MessageLanguage.ENGLISH if _greets_in_english(reading) else MessageLanguage.INDONESIAN
        )
    has_english_clause = any(
        count >= _CLAUSE_WORDS_MIN and count == words_by_clause[clause]
        for clause, count in english_by_clause.items()
    )
    share = counts["en"] / total
    if share >= _FIRST_SHARE:
        return MessageLanguage.ENGLISH
    is_second = share >= _SECOND_SHARE and counts["en"] >= _SECOND_WORDS_MIN
    if is_second or has_english_clause:
        return MessageLanguage.MIXED
    return _regional(counts)


def _regional(counts: Counter[str]) -> MessageLanguage:
    region = max(("jv", "su"), key=lambda language: counts[language])
    words = counts[region]
    share = words / max(1, words + counts["function"])
    if words and share >= _REGIONAL_SHARE:
        return MessageLanguage(region)
    if words >= _SECOND_WORDS_MIN and share >= _REGIONAL_TRACE_SHARE:
        return MessageLanguage.MIXED
    return MessageLanguage.INDONESIAN


def _language_of(word: str, lists: _Lists) -> str | None:
    """`en`, `jv`, `su`, or for Indonesian `function` or `content`; None if the word tells nothing."""
    if word in lists.javanese:
        return "jv"
    if word in lists.sundanese:
        return "su"
    if word in _INDONESIAN_FUNCTION:
        return "function"
    if word in lists.english:
        return "en"
    return "content" if word in lists.indonesian else None


def _greets_in_english(reading: Reading) -> bool:
    words = {word.raw for word in reading.words}
    return bool(
        words
        & {
            "hello",
            "hi",
            "hey",
            "good",
            "morning",
            "thanks",
            "thank",
            "you",
            "sorry",
            "sir",
            "emergency",
        }
    )
