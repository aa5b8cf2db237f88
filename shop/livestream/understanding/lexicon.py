"""Words buyers use, as patterns by meaning: folded (no accents), or with the accents that decide.

A word stands with its accents where `KEPT` keeps them, and is folded elsewhere.
"""

NUMBERS = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "nam": 5,
    "lam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
# "na chín" is ripe, "mật năm nay" this year's: no numbers right after a name, without a unit.
AMBIGUOUS_NUMBERS = {"ba", "nam", "sau", "bay", "chin"}
COUNTS = {"chuc": 10, "ta": 12, "cap": 2, "doi": 2, "đôi": 2}

NO = r"(?:khong|khg|ko|k|hok|hong|hông|khum|hk|hem)"
ME = r"(?:e|em|c|chi|a|anh|minh|mk|mik|tui|toi|tao|me|MA|co|chau|con|bac|chu|ba|dì|o|to|tớ|xin)"
BUY = r"(?:lay|chot|dat|mua|order|oder|muc|hot|quat|rinh|xuc)"
# "cho em …" asks for anything, so it needs a code or a quantity after it.
GIVE = (
    rf"(?:(?:gui|goi) (?:cho )?{ME}\b|cho (?:{ME}\b|(?=\d))|de (?:cho |lai )?{ME}\b"
    rf"|ban (?:cho )?{ME}\b)"
)
BREAK = r"[,;?!\n]+|\.(?= |$)|\b(?:nhung|con nua)\b|(?<=.)(?= giu\b)"
LINK = r"(?:https?:|www\.)\S*"
THANKS = r"\bcam (?:on|un)\b"
SPAM = (
    r"\b(?:cho vay|vay (?:tien|von|nhanh))\b|\blai suat|\btuyen (?:ctv|dung|nhan|gap)"
    r"|\bkiem tien|\bviec lam"
    r"|\blh zalo|\b(?:ban|chuyen|nhan|cung cap)\b.*\bsi\b.*\b(?:lh|lien he|zalo|ib)\b"
    r"|\b(?:ben|nha) (?:em|minh|e|tui|mk) (?:co |cung |dang )?(?:ban|cung cap|chuyen"
    r" si)\b"
    r"|\bnha (?:em|minh|e|tui) co\b.*\b(?:re hon|gia re|lh|lien he)\b|\b(?:kèo|(?:soi|bat) keo"
    r"|keo (?:nha cai|bong|thom)|ca do|lo de|soi cau)\b"
)

CANCEL = (
    rf"\b(?:huy|cancel|rut lai)\b|(?<!\d )\bbo\b(?! vao| trong| them| vo\b| sung| qua| chung| ra)"
    rf"|\b(?:xoa|rut|tra) (?:giup |dum |ho |lai )?(?:{ME} )?don\b"
    rf"|\b{NO} (?:co )?(?:{BUY}|can|muon (?:{BUY}))\b(?!.*\b(?:duoc|dc) )(?! {NO})"
    r"|\bdung (?:gui|giao|ship|len don|dong|chot don)\b|\bkhoi (?:lay|gui|giao|ship|mua)\b"
    r"|^(?:(?:a|u|da|DA|y|e|em|c|chi|shop) )*"
    r"thoi\b(?! (?:lay|chot|cho|mua|dat|cung|thi|de (?:em|e|minh|cho|chi)|ok))"
)
# Who wrote by mistake takes it back: a person must say what.
MISTAKE = r"\b(?:bam|go|ghi|chot|dat|cmt|comment|nhan) (?:nham|lon|lom)\b"
NOT_CANCEL = (
    rf"(?:dung|{NO}|chua|kg|dau) (?:co |he |phai |ai )?(?:bo|huy)\b[^,;?!.]*"
    rf"|\b{NO} (?:lay|can|bo|dung)(?: them)? (?:hop|tui|bao bi|da|duong|hoa don|bill|vat|qua|gio)\b"
    r"(?! \d)"
)
# A new wish right after a withdrawn line: "hủy 05 lấy 2 gói 02", "không lấy 01 nữa đổi 02".
WITHDRAWN = r"\b(?:huy|bo|(?:khong|ko|k) lay)\b(?=[^,;]* (?:lay|chot|doi)\b)"
WISH = r"(?<!khong)(?<!ko)(?<! k) (?=(?:lay|chot|doi)\b)|(?=[,;])"

# What may stand beside an order, or after its end, without changing it.
FILLER = (
    r"(?:a|ah|ak|ạ|à|u|uh|oi|oii|nha|nhe|nhen|nhak|nghen|nghe|ngh|hen|he|hi|ha|hihi|haha|shop|sop"
    r"|ad"
    r"|admin|e|em|c|chi|anh|minh|mk|mik|tui|toi|me|CO|bac|chu|di|dì|cau|ong|ban|nguoi|dep|don|hang"
    r"|luon|ngay|lien|voi|vs|gap|giup|dum|gium|ho|cho|va|la|thi|ok|oke|oki|okie|yes|vang|DA|da|do"
    r"|day|nay|nhanh|tay|them|nua|thoi|size|sz|mau|loai|phan|suat|cai|sdt|dt|sđt|so|ten"
    r"|y|dc|ne|ma|xin|cam|on|thanks|tks|gui|xac|nhan|huy|dang|ky|muon|can|v|z"
    r"|de|sua|lai|doi|thanh|sang|qua|mua)"
)
MARK = r"(?:ma so|ma|sp|so|code|m)"
COUNTER = r"(?:phan|suat|don|slot|mon|combo|sp|lon|vi|khay|ro|con|bo|em|be|sét|dia|coc|gio)"

_PARTICLES = (
    r"(?= *(?:$|(?:(?:a|ah|ạ|shop|sop|ad|c|e|em|chi|anh|ban|minh|vay|v|z|the|ta|nhi|oi|nha|b|co"
    r"|bac|nhe|hen|ha|day|d|mn|moi nguoi|me|chu|you|ik|di|he|voi)(?: |$))+$))"
)
QUESTION = (
    r"(?<!lay )(?<!ban )\bhet (?:chua|hang|roi|r)\b"
    r"|\b(?:bao nhieu|bn|bnhieu|bnh|bao tien|nhieu tien|nhiu|may(?! (?:chi|ban|anh|em|e|bac|me|ba"
    r"|c|b|co|ae|chau)\b)"
    r"|(?:gia|het|la|co|con|ban|tam|khoang) nhieu|ai(?! cung)|toi dau|dau roi"
    r"|nhieu(?= *(?:$|1\b|mot\b|v\b|vay|z\b|a\b|shop|the|ky\b|kg\b|can\b))"
    r"|(?<!\bhe )(?<!bang )gia(?! dinh| ?~)"
    r"|gia s\b|ib|inbox|rep|bao (?:lau|gio)|khi nao|chung nao|lam sao"
    r"|(?<!coi )(?<!xem )(?<!the )sao(?! cung)|the nao|o dau"
    r"|cho nao|gi|j|nao(?! cung)|check|stk|so tai khoan|tin nhan|han su dung|hsd|hdsd|kieu gi"
    r"|bang gia|ai biet|hả|phai khong|dung khong)\b"
    rf"|\b(?:{NO}|chua)\b{_PARTICLES}|(?:(?<!chi )(?<!em )(?<!shop )(?<!anh )|(?<=cua em"
    rf" ))\bà\b{_PARTICLES}"
    r"|\b(?:con|co|duoc|dc|ngon|hang) kg(?= *(?:$|(?:a|shop|c|e) *$))"
    rf"|\b(?:co|con|duoc|dc) [^,]*\b(?:khong|ko|k|hok|hong|hông|khum|hk)\b(?! {BUY})"
    rf"|\bcho (?:{ME} )?(?:hoi|xem|coi|biet)\b"
    r"|\bxin (?:so|stk|gia|dia ch[iỉ]|dc|link|thong tin|tt|info|anh|ảnh|hinh|menu|bang|sdt|ib|zalo"
    r"|fb|shop)\b"
    r"|\b(?:giao|gui|nhan|ship|chin|ve|den|len|di|thay|xong|toi|co|rep|tra loi) (?:\w+ )?chua\b"
    r"|\bchua (?:nhan|thay|toi|den|giao|gui|ship|ve|co (?:hang|ma|don))\b|\btu van\b|\bco ai\b"
    r"|\b(?:gui|chup|quay|cho) (?:\w+ )?(?:ảnh|hinh|video|clip|bang gia)\b|\bkhac nhau\b"
    # "cho anh 2 hộp" is a man's order, "cho em anh" a picture.
    r"|\b(?:chup (?:\w+ )?|(?:gui|cho) (?:em|e|c|chi|minh|mk|mik|tui|toi|co|xin) )anh\b(?! \d)"
    r"|\bhay\b.*\bhon\b"
    r"|\b(?:giao|gui|nhan) (?:\w+ )?(?:(?:thieu|nham|sai|lon|hong|vo|be)\b|co \d)"
)
SIDE = (
    r"\b(?:free ?ship|ship|phi|cod|giao|(?:co )?(?:duoc|dc)|co (?:tang|ship|qua|giao|freeship)|tang"
    r"|ck|stk|chuyen khoan|bao gio|khi nao|khong (?:lay|can)|con (?=(?:ma |so )?(?:0\d|[a-z]\d))"
    r"|hsd"
    r"|han (?:dung|su dung)|mai (?:co|nhan|giao)|thanh toan|tra (?:tien|truoc)|gui (?:ve|qua|xe))\b"
)
CONDITION = (
    rf"\b(?:neu|gia su|gia ma)\b|\b{BUY} (?:duoc|dc)\b.*\b(?:chua|{NO})\b"
    rf"|\b{BUY}\b.*\b(?:(?<!co )(?<!duoc )(?:tang|giam|bot)|thi)\b"
    rf"|\b{BUY}\b.*\b(?:co|duoc|dc) (?:duoc |dc )?(?:giam|bot|re hon|chiet khau|uu dai)\b"
    r"|\btro len\b|\b(?:khi nao|bao gio|chung nao|neu|co .*) (?:moi|thi) (?:lay|chot|mua|dat)\b"
    rf"|\bcon thi\b|~ ?(?:duoc|dc) {NO}\b|\b(?:bot|giam|doi|thay|sua)\b.*\b(?:duoc|dc) {NO}\b"
    rf"|^(?!.*\b(?:{BUY}|cho|gui|de)\b).*\b(?:duoc|dc) {NO}\b"
)
# What is said of a price or an amount, and asks for none: "25k 1 quả mắc quá".
REMARK = (
    rf"^(?!.*\b(?:{BUY}|cho|gui|de|ban)\b).*"
    r"(?:\b(?:mac|DAT|re|nhieu|it) (?:quá|qua|du|ghe|the|vay|z|that|lam)\b"
    r"|\bbang (?:ca |nua |may |\d+ )?(?:ngay|tuan|thang|luong|to|bua|tien|nguoi)\b)"
)
# Said to other viewers: "Lan ơi mua B5 đi", "múc đi bà con".
URGING = (
    rf"\b(?:mua|muc|hot|quat|rinh)\b(?!.*\b(?:cho {ME}|giup|dum|gium)\b).* di"
    r"(?: (?:ba|ong|ban|may|mn|moi|nguoi|ca|nha|chi|em|anh|ae|con|oi))*$"
)
PROMOTION = rf"\b{BUY} (?:\w+ ){{1,3}}(?:duoc |dc )?tang \w|\btro len\b|\btu \d+ \w+ \w+ giam"
PAST = (
    rf"\b(?:chua|dinh|tinh|suyt|lo|quen) {BUY}\b"
    r"|\b(?:hom|toi|sang|tuan|thang|lan|bua|dot|nam|hoi|phien|buoi) "
    r"(?:qua|truoc|no|kia|roi|bua|kìa)\b|\bhom bua\b"
    rf"|\bbua {BUY}\b"
    rf"|\b(?:{BUY}|nhan)\b.*\b(?:r|roi)\b|\b(?:da|vua|moi|tung|hay|toan) (?:{BUY}|nhan|an|dung)\b"
    r"|\b(?:da|vua|moi) (?:ck|chuyen|tra|thanh toan)\b|\b(?:ck|chuyen khoan|chuyen)\b.*\b(?:r"
    r"|roi)\b"
    r"|^(?:\w+ )?don\b.*\bcua\b|\bdon (?:cua )?(?:em|e|minh|mk|chi|c|tui|toi)\b(?!.*\bgom\b)"
)
OTHER = (
    rf"\b(?:ban|chi|anh|c|nguoi|ba|ong|bac|co|me) (?:kia|do|ay|nay|tren|khac|ta|duoi|dau"
    rf"|nao)\b.*\b{BUY}\b"
    rf"|\b(?:may|nhieu|cac|toan|ai|mn|moi|thay|hoi) ?(?:chi|ban|nguoi|me|ba|anh|c|b|em)?\b(?<!thoi)"
    rf"[^,]*\b(?:{BUY}|tranh)\b|\bco (?:nguoi|ban|chi|ai)\b.*\b{BUY}\b"
    rf"|^ban (?!oi|cho|a |chot|giup|lay|nhe|de|gui|len)[a-zA-Z]+ (?:\w+ )?{BUY}\b"
    rf"|\b{BUY}\b.*\bkìa\b"
    rf"|\bnguoi ta\b|\bben (?:kia|do|ay|khac)\b|\b(?:dung|nen|dam) (?:co )?{BUY}\b(?! don)"
)
WAITING = (
    rf"\b(?:hong|hóng|chờ)\b|\bcho (?:ma|live|toi|den|len|shop)\b(?! (?:{BUY}|\d|hai|mot)\b)"
    r"(?! \d)"
    rf"|\b(?:lat|chut|ti|mai|MOT|sau) (?:nua |mot )?(?:moi |se )?(?:{ME} )?{BUY}\b"
    r"|\b(?:ngay|tuan|thang|lan|bua|hom|dot|dip|phien|buoi|live|ngay) (?:sau|khac|toi)"
    rf" (?:moi |se )?(?:{ME} )?{BUY}\b"
    rf"|\b(?:hom|bua|ngay|tuan|thang|tieng) nua (?:moi |se )?(?:{ME} )?{BUY}\b"
)
SET = (
    rf"\b(?:sua|doi) lai\b|\b(?:doi|sua)\b.*\bthanh\b|\bdoi thanh\b|\bchỉ {BUY}\b"
    r"|(?<=[^ ] )thoi\b"
)
ADD = r"\bthem\b|\bnua\b(?! (?:ky|kg|can|ki|kilo|lang|yen)\b)"
SWAP = r"\bdoi\b.*\b(?:sang|thanh|qua|lay)\b|\bthay\b.*\bbang\b"
# "12 con", "còn 2 hộp": how many there are, or come with it, not how many are wanted.
NOT_WANTED = (
    r"(?:con|tang|duoc|nhan|co|het|an|uong|xai|trung|thang|nang|ban|cach|hon|gan|khoang|kem|tren"
    r"|duoi"
    r"|chia|share|giam|tru|cong|bien|du|dau|thu|top|lan|cao|dai|rong|di|muc) (?:\w+ )?$"
)

ADDRESS = (
    r"\b(?:xom|TANG|lau|thon|ngo|ngach|so nha|duong|pho|khu|ap|phuong|quan|q|p|toa|km|hem|o so|to"
    r"|ki ot"
    r"|lo|block|can ho|kdt|tdp|huyen|xa|ql|tl|tinh lo|quoc lo)"
    r" ?(?:(?<=toa )[a-z] ?)?\d+[a-z]?(?:/\d+)*\b(?! (?:hop|goi|chai|kg|ky|tui|cai|hu|can)\b)"
    r"|(?<=\bve )\d+[a-z]?(?:/\d+)* (?=(?:duong|pho|ngo|hem|to|thon|khu|xom|ap)\b)"
    r"|\bso (?:nha )?\d+[a-z]?(?:/\d+)*,? ?(?=(?:ngo|ngach|duong|pho|hem|to|thon|khu|xom|ap|toa)\b)"
    r"|\b(?:giao|ship|gui|nhan) (?:hang )?(?:den|toi|ve|qua|ra|vao|o|tai|cho)? ?(?:nha |so"
    r" )+\d+[a-z]?(?:/\d+)*\b"
    r"|\b(?:nha|o|tai|dia ch[iỉ]|dc|d/c) ?:? ?(?:em |e |minh |o |so |nha |tai )*:?"
    r" ?\d+[a-z]?(?:/\d+)*(?= [a-zA-Z])(?! (?:hop|goi|chai|kg|tui|cai)\b)"
    r"|(?<![\d,.])\d+[a-z]?(?:/\d+)+(?! ?(?:kg|ky|ki|can|lang|yen|cai|hop|goi)\b)(?!\d)"
    r"|\b(?:\d+) ?(?:gio|h|phut|p|ngay|tuoi|sao|nguoi|lan|phan tram|%|diem|like|view|tim|thang"
    r"|nam|tuan)\b"
    r"|\b\d+h\d+\b|\bngay \d+\b"
)
MONEY = (
    r"(?<![\w])\d+(?:[.,]\d+)* ?(?:k|ng|nghin|ngan|d|dong|tr|trieu|vnd|ca|canh|xi|lit(?="
    r" tien))(?!\w)"
    r"|(?<![\w])\d+(?:k|tr|trieu)\d+(?![a-z0-9])"
    r"|(?<![\w])\d{1,3}(?:\.\d{3})+(?![a-z0-9])"
)

# The spellings meant by the patterns above, and usual mistypings; other accents: another word.
SPELLED = (
    "lấy lây lâý lấi chốt chót chôt chớt đặt đăt đặc mua múc hốt quất gửi gởi gủi cho hủy huỷ hũy"
    " huy"
    " bỏ thôi đừng không hông hổng một hai ba bốn năm lăm sáu bảy bẩy tám chín mười mươi chục tá"
    " cặp nửa nữa rưỡi rưởi giá gì sao nào bao nhiêu nhiều mấy ngày giờ tiền hộp hôp họp hợp gói"
    " túi ký kí"
    " kì cân lạng yến tấn chai hũ hủ lọ cây lít cái chiếc thùng tệp trái bịch thêm đổi"
    " sửa thành sang nếu rồi đã vừa hôm qua mã số đồng nghìn ngàn đường phố tổ ngõ thôn xóm hẻm"
    " quận"
    " phường tặng chưa chị anh khỏi nên dám thiếu nhầm bạn bán mỗi thứ loại mới từng lần trước"
    " nhận giảm bớt xin hỏi"
    " xem hình ảnh vay nhà tư vấn số đúng phải đâu thấy người giao dạ vậy thế dùng dụng để định hay"
    " chỉ khi với và muốn lát mai sau thì là lại tháng tuần đơn xóa xoá rút trả còn hết ở đến tới"
    " có được ơi"
    " quà ngách ấp khu tòa huyện xã lầu gia đình tài khoản nhắn biết"
)
# Words whose accents, when typed, decide between two meanings that look alike when folded.
KEPT = {
    "tạ": "tạ",
    "đôi": "đôi",
    "bó": "bó",
    "quả": "quả",
    "chờ": "chờ",
    "hóng": "hóng",
    "hông": "hông",
    "hả": "hả",
    "kìa": "kìa",
    "ạ": "ạ",
    "à": "à",
    "nửa": "nửa",
    "chỉ": "chỉ",
    "tớ": "tớ",
    "dì": "dì",
    "quá": "quá",
    "kèo": "kèo",
    "ảnh": "ảnh",
}
