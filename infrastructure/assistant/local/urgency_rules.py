"""The rules E1-E7 and H1-H7, one function each, in the words of taxonomy section 2."""

from collections.abc import Callable, Mapping
from typing import Final

from infrastructure.assistant.local.lexicon import Hit
from infrastructure.assistant.local.signals import Facts, elapsed_days, future_days, is_now
from infrastructure.assistant.local.times import Tense

_ARREST_FRESH_DAYS: Final = 3.0
_SOON_DAYS: Final = 1
_WEEK_DAYS: Final = 7
_DAY: Final = 1.0
_DRAINED_DAYS: Final = 3.0
_HIDDEN_CHILD_DAYS: Final = 10.0

_THINGS: Final = frozenset(
    "ijazah paspor sim stnk bpkb mobil motor kontainer barang gaji sertifikat uang visa kiriman mesin truk "
    "akun rekening ktp surat deposit jaminan dana unit kapal muatan komisi bonus passport shipment pesangon".split()
)
_PEOPLE: Final = frozenset(
    "saya suami istri anak saudara bapak ibu paman sepupu ponakan keponakan teman karyawan dia kami mereka "
    "pasangan keluarga kakek cucu orang adik kakak mitra asing sopir klien pacar".split()
)
_HOUSEHOLD: Final = frozenset(
    "suami istri pasangan pacar bapak ibu mantan mertua anak saudara rumah".split()
)
_QUESTION_STARTS: Final = frozenset({"bisa", "apa", "boleh", "apakah"})


def _is_supposed(facts: Facts, hit: Hit) -> bool:
    """Whether the fact stands behind a `kalau` or an `apakah`, in its own clause."""
    return any(
        soft.clause == hit.clause and soft.first <= hit.first
        for soft in facts.of("softener", "hypothetical")
    )


def _is_feared(facts: Facts, hit: Hit) -> bool:
    before = facts.reading.words[max(0, hit.first - 3) : hit.first]
    return any(
        word.root in {"takut", "sieun", "khawatir", "bisa", "akan", "boleh"} for word in before
    )


def _is_over(facts: Facts, hit: Hit) -> bool:
    return any(soft.clause == hit.clause for soft in facts.of("softener", "over"))


def _custody_hits(facts: Facts) -> list[Hit]:
    held = []
    for hit in facts.of("custody"):
        around = set(facts.roots_around(hit, 5))
        if around & _THINGS and not around & (_PEOPLE - {"saya"}):
            continue
        if _is_supposed(facts, hit) or _is_feared(facts, hit) or _is_over(facts, hit):
            continue
        held.append(hit)
    return held


def _is_culprit(facts: Facts, hit: Hit) -> bool:
    """`pelaku sudah ditangkap`: good news for the sender."""
    around = set(facts.roots_around(hit, 4))
    return bool(around & {"pelaku", "maling", "curi", "penjahat", "pencuri", "penipu"})


def arrested_now(facts: Facts) -> bool:
    """E1: held or questioned, since at most 72 hours or since an unstated time."""
    for hit in _custody_hits(facts):
        if _is_culprit(facts, hit):
            continue
        times = facts.times_near(hit)
        elapsed = elapsed_days(times)
        if hit.idea.name == "questioned" and any(days > _SOON_DAYS for days in future_days(times)):
            continue
        if elapsed is None or elapsed <= _ARREST_FRESH_DAYS:
            return True
    return False


def held_longer(facts: Facts) -> bool:
    """H4: held for longer than 72 hours."""
    return any(
        (elapsed_days(facts.times_near(hit)) or 0) > _ARREST_FRESH_DAYS
        for hit in _custody_hits(facts)
        if not _is_culprit(facts, hit)
    )


def _violence_hits(facts: Facts) -> list[Hit]:
    return [
        hit
        for hit in facts.of("violence")
        if not _is_supposed(facts, hit)
        and not _is_over(facts, hit)
        and not _is_threatened(facts, hit)
    ]


def _is_threatened(facts: Facts, hit: Hit) -> bool:
    before = facts.reading.words[max(0, hit.first - 3) : hit.first]
    return any(word.root in {"ancam", "mau", "akan"} for word in before)


def violence_now(facts: Facts) -> bool:
    """E2: violence or confinement now, or within a day with the perpetrator near; armed and present."""
    if facts.has("weapon") and _is_present(facts) and not _all_past(facts):
        return True
    if facts.has("presence") and facts.has("threat", "threat") and not _all_past(facts):
        return is_now(facts.times) or facts.has("weapon")
    for hit in _violence_hits(facts):
        times = facts.times_near(hit)
        elapsed = elapsed_days(times)
        is_confined = hit.idea.name == "confined"
        if is_confined and (elapsed is None or elapsed <= _DAY) and _has_person_near(facts, hit):
            return True
        happens_now = is_now(times) and elapsed is None
        if happens_now and hit.idea.name != "sexual" and not facts.has("repeated"):
            return True
        is_fresh = elapsed is not None and elapsed < _DAY
        if is_fresh and facts.has("presence"):
            return True
    return False


def _is_present(facts: Facts) -> bool:
    return facts.has("presence") or is_now(facts.times) or facts.has("threat")


def _all_past(facts: Facts) -> bool:
    elapsed = elapsed_days(facts.times)
    return elapsed is not None and elapsed >= _DAY and not is_now(facts.times)


def _has_person_near(facts: Facts, hit: Hit) -> bool:
    return bool(set(facts.roots_around(hit, 6)) & _PEOPLE)


def enforcement_now(facts: Facts) -> bool:
    """E3: eviction, execution, seizure, auction or deportation under way, or today or tomorrow."""
    for hit in facts.of("enforcement"):
        if _is_supposed(facts, hit):
            continue
        times = facts.times_near(hit)
        if any(days <= _SOON_DAYS for days in future_days(times)):
            return True
        elapsed = elapsed_days(times)
        is_arriving = facts.has("presence") or _words_near(facts, hit, _ARRIVING)
        is_running = is_now(times) or (is_arriving and hit.idea.name == "evict")
        if is_running and not elapsed and hit.idea.name != "auction":
            return True
    return False


_ARRIVING: Final = frozenset("datang sedang lagi masuk kumpul tiba buldoser berat".split())


def _words_near(facts: Facts, hit: Hit, words: frozenset[str]) -> bool:
    return bool(set(facts.roots_around(hit, 5)) & words)


def procedure_soon(facts: Facts) -> bool:
    """E4: hearing, examination or statutory time limit today or tomorrow."""
    return any(
        days <= _SOON_DAYS
        for hit in facts.of("procedure")
        if not _is_supposed(facts, hit)
        for days in future_days(facts.times_near(hit))
    )


_CHILD_REACH_WORDS: Final = 4


def minor_in_danger(facts: Facts) -> bool:
    """E5: a minor abused, missing, extorted, taken abroad now, or held by police."""
    if not (facts.has("minor", "child") or _states_minor_age(facts)):
        return False
    is_young = _states_minor_age(facts)
    for hit in facts.of("violence", "sexual"):
        if not (_is_supposed(facts, hit) or _is_over(facts, hit)) and (
            is_young or _child_is_near(facts, hit)
        ):
            return True
    for hit in facts.of("minor", "missing"):
        before = facts.reading.words[max(0, hit.first - _CHILD_REACH_WORDS) : hit.first]
        is_child = any(word.root == "anak" and word.clause == hit.clause for word in before)
        if (is_young or is_child) and not _is_over(facts, hit):
            return True
    if is_young and (_custody_hits(facts) or facts.has("threat", "extort")):
        return True
    if is_young and facts.has("threat", "publish"):
        return True
    return _is_taken_abroad(facts) or _child_is_beaten(facts)


_ABROAD: Final = frozenset("bandara airport paspor singapura malaysia".split())


def _is_taken_abroad(facts: Facts) -> bool:
    words = facts.words()
    goes_abroad = bool(words & _ABROAD) or {"luar", "negeri"} <= words
    harms = facts.has("violence") or facts.has("threat")
    return facts.has("minor", "taken") and (goes_abroad or harms) and not _all_past(facts)


def _child_is_beaten(facts: Facts) -> bool:
    for hit in facts.of("violence", "hit"):
        if _is_supposed(facts, hit) or _is_over(facts, hit) or _is_threatened(facts, hit):
            continue
        after = [word.root for word in facts.reading.words[hit.last + 1 : hit.last + 4]]
        before = [word.root for word in facts.reading.words[max(0, hit.first - 4) : hit.first]]
        is_victim = "anak" in after[:2] or (before[:1] == ["anak"] and _states_minor_age(facts))
        is_old_news = (elapsed_days(facts.times_near(hit)) or 0) > _WEEK_DAYS
        if is_victim and not is_old_news and not facts.has("repeated"):
            return True
    return False


def _child_is_near(facts: Facts, hit: Hit) -> bool:
    return any(
        abs(child.clause - hit.clause) <= 1 and abs(child.first - hit.first) <= 8  # noqa: PLR2004
        for child in facts.of("minor", "child")
    )


def _states_minor_age(facts: Facts) -> bool:
    words = facts.reading.words
    for index, word in enumerate(words[:-1]):
        following = words[index + 1].root
        if (
            word.raw.isdigit()
            and int(word.raw) < 18
            and following in {"tahun", "th", "thn", "years", "taun"}
        ):  # noqa: PLR2004
            context = {w.root for w in words[max(0, index - 6) : index + 5]}
            if context & {
                "anak",
                "umur",
                "usia",
                "aged",
                "old",
                "saudara",
                "keponakan",
                "ponakan",
                "siswi",
                "siswa",
                "cucu",
                "perempuan",
                "gadis",
                "year",
                "yuswa",
            }:
                return True
        if word.root in {"umur", "usia", "aged", "yuswa"} and words[index + 1].raw.isdigit():
            if int(words[index + 1].raw) < 18:  # noqa: PLR2004
                return True
        if word.root == "kelas" and (
            following in {"sd", "smp", "sma"} or words[index + 1].raw.isdigit()
        ):
            return True
    raw = {word.raw for word in words}
    return (
        bool(raw & {"underage", "minor", "balita", "bayi", "siswi", "smp", "sd", "toddler", "baby"})
        or facts.has("minor", "child")
        and "bawah umur" in facts.reading.text.lower()
    )


def self_harm(facts: Facts) -> bool:
    """E6: words of suicide or self-harm."""
    return facts.has("self_harm")


def grave_accident(facts: Facts) -> bool:
    """E7: an accident within 24 hours with death or serious injury."""
    if not facts.words() & {"tabrak", "lindas", "terlindas", "crash"}:
        return False
    if not facts.has("injury"):
        return False
    elapsed = elapsed_days(facts.times)
    return (elapsed is not None and elapsed < _DAY) or (elapsed is None and is_now(facts.times))


def date_within_week(facts: Facts) -> bool:
    """H1: a date that matters within seven days, a running overstay, a running limit of unknown rest."""
    if any(not _is_supposed(facts, hit) for hit in facts.of("limit", "overstay")):
        return True
    groups = (
        *facts.of("limit", "deadline"),
        *facts.of("procedure"),
        *facts.of("enforcement"),
        *facts.of("official_letter"),
        *facts.of("harm_running", "about_to_sell"),
        *facts.of("limit", "running_limit"),
    )
    for hit in groups:
        if _is_supposed(facts, hit):
            continue
        times = facts.times_near(hit)
        if any(days <= _WEEK_DAYS for days in future_days(times)):
            return True
        limits = [time.days for time in times if time.tense is Tense.LIMIT]
        if limits and min(limits) <= _WEEK_DAYS:
            return True
        if hit.idea.name == "running_limit" and not list(future_days(times)) and not limits:
            return True
    return _limit_left(facts)


def _limit_left(facts: Facts) -> bool:
    """`tinggal 4 hari`, `given 14 days`: a limit of a week or less, or one whose start is unknown."""
    words = facts.words()
    limits = [time for time in facts.times if time.tense is Tense.LIMIT]
    if limits and not facts.has("softener", "procedure_question"):
        return True
    remains = bool(words & {"tinggal", "sisa", "left", "remaining", "kari"})
    spans = [-time.days for time in facts.times if time.tense is Tense.SINCE]
    return remains and any(days <= _WEEK_DAYS for days in spans) and not facts.has("violence")


def called_to_act(facts: Facts) -> bool:
    """H2: summons, demand or official letter without a date or with one within a week; suspect."""
    if any(not _is_supposed(facts, hit) for hit in facts.of("suspect")) and not facts.has(
        "softener", "just_asking"
    ):
        return not _is_other_suspect(facts)
    for hit in facts.of("official_letter"):
        if _is_supposed(facts, hit) or _sends_it(facts, hit) or _is_lesson(facts):
            continue
        ahead = list(future_days(facts.times_near(hit)))
        if not ahead or min(ahead) <= _WEEK_DAYS:
            elapsed = elapsed_days(facts.times_near(hit))
            if elapsed is None or elapsed <= _WEEK_DAYS:
                return True
    return False


def _is_lesson(facts: Facts) -> bool:
    """`bedanya somasi sama gugatan apa`: a question about words."""
    return bool(facts.words() & {"beda", "bedanya", "artinya", "maksud", "pengertian"})


def _is_other_suspect(facts: Facts) -> bool:
    return any(
        set(facts.roots_around(hit, 3)) & {"beda", "bedanya", "masih", "pelaku"}
        for hit in facts.of("suspect")
    )


def _sends_it(facts: Facts, hit: Hit) -> bool:
    before = {word.root for word in facts.reading.words[max(0, hit.first - 3) : hit.first]}
    return bool(
        before & {"mau", "kirim", "buat", "bikin", "ingin", "akan", "draft"}
    ) and not before & {"dapat", "terima", "bisa", "datang", "gugat", "tegur"}


def threatened(facts: Facts) -> bool:
    """H3: threats, extortion, publication going on or announced, collectors, seizure without date."""
    for hit in (*facts.of("threat", "threat"), *facts.of("threat", "extort")):
        elapsed = elapsed_days(facts.times_near(hit))
        if not _is_supposed(facts, hit) and (elapsed is None or elapsed <= _WEEK_DAYS):
            if not _is_legal_threat(facts, hit):
                return True
    words = facts.words()
    is_private = bool(
        words
        & {"foto", "data", "ktp", "nomor", "intim", "telanjang", "bugil", "alamat", "vcs", "seksi"}
    )
    for hit in facts.of("threat", "publish"):
        elapsed = elapsed_days(facts.times_near(hit))
        if (
            is_private
            and not _is_supposed(facts, hit)
            and (elapsed is None or elapsed <= _WEEK_DAYS)
        ):
            return True
    if words & {
        "tagih",
        "pinjol",
        "leasing",
        "emok",
        "rentenir",
        "plecit",
        "lender",
        "aplikasi",
    } and facts.of("threat", "collector"):
        return not any(_is_supposed(facts, hit) for hit in facts.of("threat", "collector"))
    return _seizure_announced(facts)


def _is_legal_threat(facts: Facts, hit: Hit) -> bool:
    """A threat to sue or to report is normal."""
    after = {word.root for word in facts.reading.words[hit.last + 1 : hit.last + 5]}
    return bool(after & {"gugat", "lapor", "tuntut", "hukum", "hukuman", "pidana", "sue"})


def _seizure_announced(facts: Facts) -> bool:
    for hit in facts.of("enforcement"):
        if hit.idea.name not in {"seize", "auction", "evict"} or _is_supposed(facts, hit):
            continue
        before = {word.root for word in facts.reading.words[max(0, hit.first - 4) : hit.first]}
        times = facts.times_near(hit)
        is_announced = before & {"mau", "akan", "segera"} and _is_against_sender(facts, hit)
        if is_announced and elapsed_days(times) is None and not _is_own_plan(facts, hit):
            return not any(days > _WEEK_DAYS for days in future_days(times))
    return False


_ENFORCERS: Final = frozenset(
    "bank leasing tagih pengadilan pemkot pemda satpol pemilik polisi perusahaan developer juru jurusita petugas "
    "koperasi pemerintah mereka".split()
)


def _is_against_sender(facts: Facts, hit: Hit) -> bool:
    word = facts.reading.words[hit.first]
    before = {w.root for w in facts.reading.words[max(0, hit.first - 6) : hit.first]}
    return word.raw.startswith("di") or bool(before & _ENFORCERS)


def _is_own_plan(facts: Facts, hit: Hit) -> bool:
    """`mau usir penyewa`: the sender's own measure, not one against the sender."""
    after = {word.root for word in facts.reading.words[hit.last + 1 : hit.last + 3]}
    return bool(after & {"penyewa", "dia", "sewa"})


_ACCOUNTS: Final = frozenset(
    "akun rekening wa whatsapp instagram ig facebook fb email saldo bank uang tabungan banking gmail telegram "
    "tiktok website gopay dana ovo m-banking mbanking hp atm".split()
)
_ASSETS: Final = frozenset(
    "rumah tanah mobil motor sertifikat aset waris ruko saham toko apartemen harta".split()
)


def loss_stoppable(facts: Facts) -> bool:
    """H5: account drained or hacked within 3 days, asset taken within 7, about to be sold, costs mounting."""
    for hit in facts.of("harm_running"):
        if _is_supposed(facts, hit):
            continue
        elapsed = elapsed_days(facts.times_near(hit))
        name = hit.idea.name
        if (
            name == "drained"
            and (elapsed is None or elapsed <= _DRAINED_DAYS)
            and (facts.words() & _ACCOUNTS)
        ):
            return True
        if name == "blocked" and elapsed is not None and elapsed <= _WEEK_DAYS:
            return True
        if name == "about_to_sell" and facts.words() & _ASSETS and _is_of_other(facts, hit):
            return True
        if name == "mounting" and not facts.has("softener", "price_question"):
            return True
    return False


def _is_of_other(facts: Facts, hit: Hit) -> bool:
    """Whether somebody else sells: the sender's own plan to sell is no loss."""
    before = [word.root for word in facts.reading.words[max(0, hit.first - 2) : hit.last]]
    after = [word.root for word in facts.reading.words[hit.last + 1 : hit.last + 3]]
    return (
        "saya" not in before
        and "kami" not in before
        and after[:1] != ["saya"]
        and not (facts.has("softener", "procedure_question"))
    )


def violence_recent(facts: Facts) -> bool:
    """H6: violence within a week or repeated in one household; a child hidden by a parent within days."""
    for hit in _violence_hits(facts):
        if hit.idea.name == "confined":
            continue
        elapsed = elapsed_days(facts.times_near(hit))
        if elapsed is not None and elapsed <= _WEEK_DAYS:
            return True
        is_at_home = bool(facts.words() & _HOUSEHOLD) or facts.has("presence")
        if facts.has("repeated") and is_at_home and not _left_home(facts):
            return True
        if elapsed is None and is_at_home and facts.words() & {"kdrt", "kasar", "tangan"}:
            return True
    for hit in facts.of("minor", "taken") if "anak" in facts.words() else ():
        elapsed = elapsed_days(facts.times_near(hit))
        is_hidden = bool(
            facts.words() & {"sembunyi", "kabur", "hide", "hidden", "aktif", "kontak", "hilang"}
        )
        is_fresh = elapsed is not None and elapsed <= _HIDDEN_CHILD_DAYS
        if is_fresh or (is_hidden and elapsed is None):
            return True
    return False


def _left_home(facts: Facts) -> bool:
    return facts.has("softener", "over")


def alarm_without_facts(facts: Facts) -> bool:
    """H7: `emergency` and nothing else."""
    groups = {hit.idea.group for hit in facts.hits} - {"urgent_word", "softener"}
    return facts.has("urgent_word") and not groups


EMERGENCY_RULES: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "E6": self_harm,
    "E5": minor_in_danger,
    "E2": violence_now,
    "E1": arrested_now,
    "E7": grave_accident,
    "E3": enforcement_now,
    "E4": procedure_soon,
}
HIGH_RULES: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "H4": held_longer,
    "H3": threatened,
    "H6": violence_recent,
    "H2": called_to_act,
    "H5": loss_stoppable,
    "H1": date_within_week,
    "H7": alarm_without_facts,
}
