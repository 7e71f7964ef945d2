"""What the message of each sample says, written out kind by kind."""

from datetime import UTC, datetime
from decimal import Decimal

from domain.message_content import (
    AddressReplyContent,
    ButtonReplyContent,
    CallPermissionReplyContent,
    CardPhone,
    ContactCard,
    ContactsContent,
    EditContent,
    FlowReplyContent,
    ListReplyContent,
    LocationContent,
    MediaContent,
    MessageContent,
    MessageFault,
    OrderContent,
    OrderItem,
    ReactionContent,
    RevokeContent,
    TextContent,
    UnsupportedContent,
    WelcomeRequestContent,
)

OUR_MESSAGE = "wamid.HBgNNjI4MTIxMDAwNDMyMRUCABEYE"
THEIR_MESSAGE = "wamid.HBgNNjI4MTIxMDAwNDMyMRUCABIYFDNB"

_TOO_LARGE = (
    "Media file size too big. Max file size we currently support: 100MB. Please communicate with "
    "your customer to send a media file that is less than 100MB"
)
_UNKNOWN_TYPE = MessageFault(
    code=131051,
    title="Message type unknown",
    details="Message type is currently not supported.",
)

# sample -> (Meta's type, content without the short-lived address of a file)
MESSAGES: dict[str, tuple[str, MessageContent]] = {
    "message-audio-file": (
        "audio",
        MediaContent(
            media="audio",
            media_id="733901284455121",
            mime_type="audio/mpeg",
            sha256="5cb40926f6eabfea0b7dbe337ceca0cb7054f300e70d94cb0ae9291f6535380a",
        ),
    ),
    "message-audio-voice": (
        "audio",
        MediaContent(
            media="audio",
            media_id="733901284455120",
            mime_type="audio/ogg; codecs=opus",
            sha256="1d05d5db18261819bbc717767603ddd07715aeb2c5eec0d36a29d9400c0b69de",
            is_voice=True,
        ),
    ),
    "message-button": (
        "button",
        ButtonReplyContent(title="Saya setuju", reply_id="consent:accept:v3", from_template=True),
    ),
    "message-contacts": (
        "contacts",
        ContactsContent(
            cards=(
                ContactCard(
                    name="Bayu Santosa",
                    phones=(
                        CardPhone(
                            number="+62 811-0000-7788", whatsapp_id="6281100007788", label="CELL"
                        ),
                    ),
                    emails=("bayu@example.org",),
                    organisation="PT Contoh Sejahtera",
                    job_title="Manajer",
                ),
                ContactCard(name="Ibu", phones=(CardPhone(number="021 5550 1234", label="HOME"),)),
            )
        ),
    ),
    "message-contacts-shared-on-request": (
        "contacts",
        ContactsContent(
            cards=(
                ContactCard(
                    phones=(CardPhone(number="+62 813-0000-9911"),),
                    vcard="BEGIN:VCARD\nVERSION:3.0\nFN:Dimas P.\n"
                    "TEL;type=CELL;waid=6281300009911:+62 813-0000-9911\nEND:VCARD",
                ),
            ),
            is_answer_to_request=True,
        ),
    ),
    "message-document": (
        "document",
        MediaContent(
            media="document",
            media_id="558120094471366",
            mime_type="application/pdf",
            sha256="c63ebdcbe00c06b7d93143056be2bb37d7edc77c5076c1dd3b1c9931f36ddb8a",
            caption="Draf perjanjian sewa",
            filename="Perjanjian Sewa Ruko (final).pdf",
        ),
    ),
    "message-edit-image-caption": (
        "edit",
        EditContent(
            target_wamid=f"{THEIR_MESSAGE}MkNFRDA4MTBBMENGQTg0MThBAA==",
            content=MediaContent(
                media="image",
                media_id="1284409951730026",
                mime_type="image/jpeg",
                sha256="d7bdd545f09d8a73c2b990337c8211d708a04ccd9748627685e4fc79cc038039",
                caption="Foto halaman 2 dan 3 perjanjian",
            ),
        ),
    ),
    "message-edit-text": (
        "edit",
        EditContent(
            target_wamid=f"{THEIR_MESSAGE}RjhFODIyMTJERTYxNTA1QzI3AA==",
            content=TextContent(
                body="Selamat pagi, saya mau konsultasi soal pembatalan perjanjian sewa gudang."
            ),
        ),
    ),
    "message-group-text": ("text", TextContent(body="Apakah rapat mediasi jadi hari Kamis?")),
    "message-image": (
        "image",
        MediaContent(
            media="image",
            media_id="1284409951730026",
            mime_type="image/jpeg",
            sha256="d7bdd545f09d8a73c2b990337c8211d708a04ccd9748627685e4fc79cc038039",
            caption="Foto halaman 2 perjanjian",
        ),
    ),
    "message-image-no-caption": (
        "image",
        MediaContent(
            media="image",
            media_id="1284409951730027",
            mime_type="image/jpeg",
            sha256="6987740fb624e3e9943ec5d9ac5519b72cea1b35fb4bde5719df3923a36c08f7",
        ),
    ),
    "message-interactive-address-reply": (
        "interactive",
        AddressReplyContent(
            answers_json='{"values":{"name":"Ratna W.","phone_number":"+6281210004321",'
            '"address":"Jl. Contoh 8","city":"Bandung"}}',
            body="Ratna W.\n+6281210004321\nJl. Contoh 8, Bandung",
        ),
    ),
    "message-interactive-button-reply": (
        "interactive",
        ButtonReplyContent(title="Hukum keluarga", reply_id="intake.area.family"),
    ),
    "message-interactive-call-permission-reply": (
        "interactive",
        CallPermissionReplyContent(
            accepted=True,
            expires_at=datetime(2026, 11, 25, 2, 15, 30, tzinfo=UTC),
            source="user_action",
        ),
    ),
    "message-interactive-flow-reply": (
        "interactive",
        FlowReplyContent(
            answers_json='{"full_name":"Ratna W.","case_type":"lease","has_deadline":"yes",'
            '"deadline":"2026-12-01","flow_token":"intake-7f31c0"}',
            flow_name="flow",
            body="Sent",
            flow_token="intake-7f31c0",
        ),
    ),
    "message-interactive-list-reply": (
        "interactive",
        ListReplyContent(
            title="Jumat 09.00",
            reply_id="slot.2026-11-20T09:00",
            description="Tatap muka, 45 menit",
        ),
    ),
    "message-location": (
        "location",
        LocationContent(
            latitude=-6.2441029071,
            longitude=106.79841995239,
            name="Kantor Notaris Contoh",
            address="Jl. Contoh Raya No. 12, Kebayoran Baru, Jakarta Selatan",
            url="https://example.org/notaris",
        ),
    ),
    "message-location-pin": (
        "location",
        LocationContent(latitude=-6.9147439, longitude=107.6098111),
    ),
    "message-media-too-large": (
        "unsupported",
        UnsupportedContent(
            faults=(
                MessageFault(code=131052, title=_TOO_LARGE, details="Media file size too big."),
            )
        ),
    ),
    "message-order": (
        "order",
        OrderContent(
            items=(
                OrderItem(
                    product_id="paket-review-kontrak",
                    quantity=Decimal(1),
                    unit_price=Decimal(1500000),
                    currency="IDR",
                ),
                OrderItem(
                    product_id="legalisasi",
                    quantity=Decimal(2),
                    unit_price=Decimal(250000),
                    currency="IDR",
                ),
            ),
            catalogue_id="418820045591773",
            note="Mohon invoice atas nama perusahaan",
        ),
    ),
    "message-reaction": (
        "reaction",
        ReactionContent(
            target_wamid=f"{OUR_MESSAGE}kM3NURFOEMxQjdDM0FFNTI1MgA=", emoji="\U0001f44d\U0001f3fd"
        ),
    ),
    "message-reaction-removed": (
        "reaction",
        ReactionContent(target_wamid=f"{OUR_MESSAGE}kM3NURFOEMxQjdDM0FFNTI1MgA="),
    ),
    "message-request-welcome": ("request_welcome", WelcomeRequestContent()),
    "message-revoke": (
        "revoke",
        RevokeContent(target_wamid=f"{THEIR_MESSAGE}RjhFODIyMTJERTYxNTA1QzI3AA=="),
    ),
    "message-sticker": (
        "sticker",
        MediaContent(
            media="sticker",
            media_id="291004488157733",
            mime_type="image/webp",
            sha256="347b4031452d68043db21c3dbc1a116f3638a5840ebb23e7cee61536aee66b6b",
        ),
    ),
    "message-text": (
        "text",
        TextContent(body="Selamat pagi, saya mau konsultasi soal pembatalan perjanjian sewa ruko."),
    ),
    "message-text-forwarded": (
        "text",
        TextContent(
            body="Surat edaran dari pengelola gedung: pembayaran paling lambat tanggal 25."
        ),
    ),
    "message-text-frequently-forwarded": (
        "text",
        TextContent(body="INFO PENTING!! Sebarkan ke semua grup."),
    ),
    "message-text-identity-key-hash": (
        "text",
        TextContent(body="Ini nomor saya yang sama ya, baru ganti ponsel."),
    ),
    "message-text-parent-user-id": (
        "text",
        TextContent(body="Saya juga klien kantor cabang Surabaya."),
    ),
    "message-text-referral-ad": (
        "text",
        TextContent(body="Halo, saya lihat iklannya. Biaya konsultasi berapa?"),
    ),
    "message-text-referral-video-post": (
        "text",
        TextContent(body="Bisa bantu review kontrak kerja saya?"),
    ),
    "message-text-referred-product": ("text", TextContent(body="Paket ini termasuk revisi?")),
    "message-text-reply": ("text", TextContent(body="Ya, saya setuju dengan syarat itu.")),
    "message-text-username-with-phone": (
        "text",
        TextContent(body="Terima kasih atas panggilannya tadi."),
    ),
    "message-text-username-without-phone": (
        "text",
        TextContent(body="Halo, saya dapat kontak kantor ini dari teman."),
    ),
    "message-unsupported": ("unsupported", UnsupportedContent(faults=(_UNKNOWN_TYPE,))),
    "message-unsupported-with-subtype": (
        "unsupported",
        UnsupportedContent(subtype="poll_creation", faults=(_UNKNOWN_TYPE,)),
    ),
    "message-video": (
        "video",
        MediaContent(
            media="video",
            media_id="904417720551836",
            mime_type="video/mp4",
            sha256="102e4b507a9ebe0a2b9febb478f7a09a1a32d106cae44e4f90a9d6c846033d27",
            caption="Kondisi bangunan setelah banjir",
        ),
    ),
}
