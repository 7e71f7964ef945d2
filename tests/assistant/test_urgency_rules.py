"""Each rule of taxonomy section 2 holds where it should, and not for what looks like it."""

import pytest

from infrastructure.assistant.local.rules import EMERGENCY_RULES, HIGH_RULES
from infrastructure.assistant.local.signals import gather
from tests.assistant.builders import FRIDAY

HOLDS = {
    "E1": [
        "saudara saya dijemput polisi tadi malam",
        "adik saya ditahan di polres sejak kemarin",
        "my brother was just arrested at the airport",
        "adhiku dicekel polisi mau bengi",
        "saya lagi di bap di polres belum boleh pulang",
    ],
    "E2": [
        "suami saya mukul saya sekarang, tolong",
        "ada orang bawa golok di depan rumah ngancam mau bunuh saya",
        "saya dikurung majikan, tidak boleh keluar",
        "he hit me and he is still in the house",
        "bojoku ngamuk nggawa arit neng ngarep omah",
    ],
    "E3": [
        "rumah saya dilelang bank besok",
        "alat berat sudah datang mau bongkar rumah kami",
        "my husband will be deported tonight",
    ],
    "E4": [
        "besok sidang pertama di PN",
        "hari ini terakhir ajukan banding",
        "saya diperiksa polda jam 1 siang ini",
    ],
    "E5": [
        "anak saya umur 6 tahun hilang dari tadi siang",
        "anak perempuan saya 10 tahun dilecehkan pamannya",
        "anak saya 15 tahun ditahan polisi karena mencuri",
        "he is taking our child abroad, they are at the airport now",
    ],
    "E6": [
        "saya mau bunuh diri saja",
        "I don't want to live anymore",
        "mending mati daripada begini",
    ],
    "E7": [
        "bapak ditabrak truk tadi pagi, sekarang kritis di igd",
        "my friend crashed last night and is unconscious",
    ],
    "H1": [
        "kamis depan tanda tangan kontrak sewa",
        "I overstayed 12 days",
        "diberi waktu 14 hari untuk banding",
    ],
    "H2": [
        "dapat somasi dari supplier",
        "saya ditetapkan tersangka",
        "surat panggilan polisi sebagai saksi",
    ],
    "H3": [
        "mantan ngancam sebar foto saya",
        "DC datang ke rumah teriak-teriak",
        "bank mau sita rumah saya, belum tahu kapan",
    ],
    "H4": [
        "kakak saya ditahan sudah 2 minggu di rutan",
    ],
    "H5": [
        "rekening saya dikuras tadi malam",
        "motor saya ditarik leasing kemarin",
        "demurrage jalan terus per hari",
    ],
    "H6": [
        "suami sering memukul saya",
        "kemarin saya dipukul pacar",
        "mantan bawa kabur anak saya kemarin",
    ],
    "H7": [
        "tolong darurat",
    ],
}
FAILS = {
    "E1": [
        "kalau saya ditangkap polisi hak saya apa",
        "ijazah saya ditahan perusahaan",
        "pelaku sudah ditangkap polisi",
        "suami saya tidak ditahan polisi",
        "saya takut ditangkap polisi",
        "kakak ditahan sudah 2 minggu",
    ],
    "E2": [
        "bulan lalu saya dipukul tetangga",
        "dulu waktu kecil sering dipukul",
        "kunci rumah saya hilang",
    ],
    "E3": [
        "rumah mau dilelang bank bulan depan",
        "penyewa sudah saya usir bulan lalu",
        "sewa alat berat",
    ],
    "E4": [
        "sidang bulan depan",
        "besok saya ke kantor bapak",
        "police summons arrived today",
    ],
    "E5": [
        "anak saya umur 25 ditahan",
        "berita anak hilang itu pelakunya kena berapa tahun",
        "hak asuh anak 5 tahun",
    ],
    "E6": [
        "saya tidak mau hidup serumah lagi sama dia",
        "listrik mati",
    ],
    "E7": [
        "saya ditabrak bulan lalu, patah kaki",
        "tadi pagi ditilang polisi",
    ],
    "H1": [
        "batas waktu banding berapa hari",
        "sidang bulan januari",
        "jam buka besok",
    ],
    "H2": [
        "bedanya somasi dan gugatan apa",
        "mau kirim somasi ke penyewa",
        "kalau dipanggil polisi harus datang?",
    ],
    "H3": [
        "perusahaan mengancam akan menggugat saya",
        "saya mau usir penyewa",
    ],
    "H4": [
        "suami ditahan polisi tadi malam",
    ],
    "H5": [
        "merek saya dibajak orang",
        "saya mau jual rumah saya",
    ],
    "H6": [
        "tahun lalu suami memukul saya, sekarang sudah pisah rumah",
    ],
    "H7": [
        "darurat, suami saya ditangkap polisi",
    ],
}
RULES = {**EMERGENCY_RULES, **HIGH_RULES}


def cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(rule, text) for rule, texts in table.items() for text in texts]


@pytest.mark.parametrize(("rule", "text"), cases(HOLDS))
def test_the_rule_holds(rule: str, text: str) -> None:
    assert RULES[rule](gather(text, FRIDAY.date()))


@pytest.mark.parametrize(("rule", "text"), cases(FAILS))
def test_the_rule_does_not_hold(rule: str, text: str) -> None:
    assert not RULES[rule](gather(text, FRIDAY.date()))


def test_every_rule_of_the_taxonomy_is_there() -> None:
    assert set(EMERGENCY_RULES) == {f"E{number}" for number in range(1, 8)}
    assert set(HIGH_RULES) == {f"H{number}" for number in range(1, 8)}
