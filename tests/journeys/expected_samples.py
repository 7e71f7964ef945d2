"""What a running hub makes of each sample, written out: event, entry, type, line."""

from typing import NamedTuple


class Shown(NamedTuple):
    """An entry of the timeline: its type in the API, the type of its body, its line.

    `relation` is what it is to an earlier message, `arrival` how it came.
    """

    entry: str
    body: str | None
    line: str
    relation: str | None = None
    arrival: str | None = "DIRECT"


class Reported(NamedTuple):
    """A status: Meta's word, category and type of its price, code of its error."""

    status: str
    category: str | None = None
    pricing_type: str | None = None
    code: int | None = None


MESSAGES: dict[str, tuple[Shown, ...]] = {
    "calls-connect-user-initiated": (
        Shown("CallEntry", None, "Call begun by the contact", arrival=None),
    ),
    "calls-status-ringing": (Shown("CallEntry", None, "Call is ringing", arrival=None),),
    "calls-terminate": (Shown("CallEntry", None, "Call ended after 2 min 4 s", arrival=None),),
    "history-chunk": (
        Shown(
            "EchoedMessage",
            "TextContent",
            "Terima kasih sudah menghubungi kami.",
            arrival="HISTORY",
        ),
        Shown(
            "InboundMessage",
            "UnsupportedContent",
            "Message that WhatsApp does not hand over (a file that is handed over separately)",
            arrival="HISTORY",
        ),
    ),
    "history-media": (
        Shown(
            "InboundMessage",
            "MediaContent",
            "Photo: Bukti transfer",
            relation="COMPLETES",
            arrival="HISTORY",
        ),
    ),
    "message-audio-file": (Shown("InboundMessage", "MediaContent", "Audio"),),
    "message-audio-voice": (Shown("InboundMessage", "MediaContent", "Voice message"),),
    "message-button": (
        Shown("InboundMessage", "ButtonReplyContent", "Saya setuju", relation="REPLY"),
    ),
    "message-contacts": (
        Shown("InboundMessage", "ContactsContent", "Contact card: Bayu Santosa, Ibu"),
    ),
    "message-contacts-shared-on-request": (
        Shown("InboundMessage", "ContactsContent", "Contact card: without a name"),
    ),
    "message-document": (
        Shown("InboundMessage", "MediaContent", "Document: Draf perjanjian sewa"),
    ),
    "message-edit-image-caption": (
        Shown(
            "InboundMessage",
            "EditContent",
            "Edited: Photo: Foto halaman 2 dan 3 perjanjian",
            relation="EDIT",
        ),
    ),
    "message-edit-text": (
        Shown(
            "InboundMessage",
            "EditContent",
            "Edited: Selamat pagi, saya mau konsultasi soal pembatalan perjanjian sewa gudang.",
            relation="EDIT",
        ),
    ),
    "message-group-text": (
        Shown("InboundMessage", "TextContent", "Apakah rapat mediasi jadi hari Kamis?"),
    ),
    "message-image": (Shown("InboundMessage", "MediaContent", "Photo: Foto halaman 2 perjanjian"),),
    "message-image-no-caption": (Shown("InboundMessage", "MediaContent", "Photo"),),
    "message-interactive-address-reply": (
        Shown(
            "InboundMessage",
            "AddressReplyContent",
            "Address: Ratna W.\n+6281210004321\nJl. Contoh 8, Bandung",
            relation="REPLY",
        ),
    ),
    "message-interactive-button-reply": (
        Shown("InboundMessage", "ButtonReplyContent", "Hukum keluarga", relation="REPLY"),
    ),
    "message-interactive-call-permission-reply": (
        Shown("InboundMessage", "CallPermissionReplyContent", "Allows calls", relation="REPLY"),
    ),
    "message-interactive-flow-reply": (
        Shown("InboundMessage", "FlowReplyContent", "Form filled in: flow", relation="REPLY"),
    ),
    "message-interactive-list-reply": (
        Shown("InboundMessage", "ListReplyContent", "Jumat 09.00", relation="REPLY"),
    ),
    "message-location": (
        Shown("InboundMessage", "LocationContent", "Location: Kantor Notaris Contoh"),
    ),
    "message-location-pin": (
        Shown(
            "InboundMessage",
            "LocationContent",
            "Location: -6.9147439, 107.6098111",
            relation="REPLY",
        ),
    ),
    "message-media-too-large": (
        Shown(
            "InboundMessage",
            "UnsupportedContent",
            "Message that WhatsApp does not hand over: Media file size too big.",
        ),
    ),
    "message-order": (
        Shown(
            "InboundMessage", "OrderContent", "Order of 2 items: Mohon invoice atas nama perusahaan"
        ),
    ),
    "message-reaction": (
        Shown("InboundMessage", "ReactionContent", "Reacted 👍🏽", relation="REACTION"),
    ),
    "message-reaction-removed": (
        Shown("InboundMessage", "ReactionContent", "Took a reaction back", relation="REACTION"),
    ),
    "message-request-welcome": (
        Shown("InboundMessage", "WelcomeRequestContent", "Opened the chat"),
    ),
    "message-revoke": (
        Shown("InboundMessage", "RevokeContent", "Deleted a message", relation="REVOKE"),
    ),
    "message-sticker": (Shown("InboundMessage", "MediaContent", "Sticker"),),
    "message-system-customer-identity-changed": (
        Shown(
            "InboundMessage",
            "SystemNoticeContent",
            "WhatsApp notice: User Ratna Wulandari may have changed identity",
        ),
    ),
    "message-system-user-changed-number": (
        Shown(
            "InboundMessage",
            "SystemNoticeContent",
            "WhatsApp notice: User Ratna Wulandari changed from 6281210004321 to 6281290005678",
        ),
    ),
    "message-system-user-changed-user-id": (
        Shown(
            "InboundMessage",
            "SystemNoticeContent",
            "WhatsApp notice: User Dimas P. changed from ID.31904477215608842190 to "
            "ID.66021185539047712284",
        ),
    ),
    "message-text": (
        Shown(
            "InboundMessage",
            "TextContent",
            "Selamat pagi, saya mau konsultasi soal pembatalan perjanjian sewa ruko.",
        ),
    ),
    "message-text-forwarded": (
        Shown(
            "InboundMessage",
            "TextContent",
            "Surat edaran dari pengelola gedung: pembayaran paling lambat tanggal 25.",
        ),
    ),
    "message-text-frequently-forwarded": (
        Shown("InboundMessage", "TextContent", "INFO PENTING!! Sebarkan ke semua grup."),
    ),
    "message-text-identity-key-hash": (
        Shown("InboundMessage", "TextContent", "Ini nomor saya yang sama ya, baru ganti ponsel."),
    ),
    "message-text-parent-user-id": (
        Shown("InboundMessage", "TextContent", "Saya juga klien kantor cabang Surabaya."),
    ),
    "message-text-referral-ad": (
        Shown(
            "InboundMessage", "TextContent", "Halo, saya lihat iklannya. Biaya konsultasi berapa?"
        ),
    ),
    "message-text-referral-video-post": (
        Shown("InboundMessage", "TextContent", "Bisa bantu review kontrak kerja saya?"),
    ),
    "message-text-referred-product": (
        Shown("InboundMessage", "TextContent", "Paket ini termasuk revisi?", relation="REPLY"),
    ),
    "message-text-reply": (
        Shown(
            "InboundMessage", "TextContent", "Ya, saya setuju dengan syarat itu.", relation="REPLY"
        ),
    ),
    "message-text-username-with-phone": (
        Shown("InboundMessage", "TextContent", "Terima kasih atas panggilannya tadi."),
    ),
    "message-text-username-without-phone": (
        Shown("InboundMessage", "TextContent", "Halo, saya dapat kontak kantor ini dari teman."),
    ),
    "message-unsupported": (
        Shown("InboundMessage", "UnsupportedContent", "Message that WhatsApp does not hand over"),
    ),
    "message-unsupported-with-subtype": (
        Shown(
            "InboundMessage",
            "UnsupportedContent",
            "Message that WhatsApp does not hand over (a poll)",
        ),
    ),
    "message-video": (
        Shown("InboundMessage", "MediaContent", "Video: Kondisi bangunan setelah banjir"),
    ),
    "smb-message-echoes-revoke": (
        Shown("EchoedMessage", "RevokeContent", "Deleted a message", relation="REVOKE"),
    ),
    "smb-message-echoes-text": (
        Shown("EchoedMessage", "TextContent", "Baik Bu, dokumen sudah kami terima."),
    ),
    "standby-message": (
        Shown(
            "InboundMessage", "TextContent", "Jam buka kantor sampai jam berapa?", arrival="STANDBY"
        ),
    ),
    "standby-message-echo": (
        Shown("EchoedMessage", "TextContent", "Kami buka sampai pukul 17.00.", relation="REPLY"),
    ),
}
"""Sample -> its entries of the timeline."""

STATUSES: dict[str, Reported] = {
    "standby-status": Reported("delivered", "service", "regular"),
    "status-delivered": Reported("delivered", "utility", "regular"),
    "status-delivered-conversation-object": Reported("delivered", "utility", "regular"),
    "status-delivered-group": Reported("delivered", "group_utility", "regular"),
    "status-delivered-identity-key-hash": Reported("delivered", "utility", "regular"),
    "status-delivered-username-without-phone": Reported(
        "delivered", "service", "free_customer_service"
    ),
    "status-failed-ecosystem-131049": Reported("failed", code=131049),
    "status-failed-experiment-130472": Reported("failed", code=130472),
    "status-failed-identity-mismatch-137000": Reported("failed", code=137000),
    "status-failed-marketing-stopped-131050": Reported("failed", code=131050),
    "status-failed-media-131053": Reported("failed", code=131053),
    "status-failed-payment-131042": Reported("failed", code=131042),
    "status-failed-template-paused-132015": Reported("failed", code=132015),
    "status-failed-undeliverable-131026": Reported("failed", code=131026),
    "status-failed-window-closed-131047": Reported("failed", code=131047),
    "status-played": Reported("played"),
    "status-read": Reported("read"),
    "status-sent": Reported("sent", "utility", "regular"),
    "status-sent-free-entry-point": Reported("sent", "referral_conversion", "free_entry_point"),
    "status-sent-opaque-data": Reported("sent", "marketing", "regular"),
    "status-sent-service-billable": Reported("sent", "service", "regular"),
    "status-sent-service-free-tier": Reported("sent", "service", "free_customer_service"),
}
"""Sample -> its status, of a message that the hub never sent."""
