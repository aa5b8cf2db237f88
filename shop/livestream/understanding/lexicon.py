"""Words buyers use, as patterns by meaning: folded (no accents), or with the accents that decide.

A word stands with its accents where `KEPT` keeps them, and is folded elsewhere.
"""

from shop import quantities

NUMBERS = {
    "mot": 1,
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "nam": 5,
    "lam": 5,
    "sáu": 6,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "chin": 9,
    "muoi": 10,
}
# "na chín" is ripe, "mật năm nay" this year's: no numbers right after a name, without a unit.
AMBIGUOUS_NUMBERS = {"ba", "nam", "sau", "bay", "chin"}
COUNTED = "|".join(quantities.FOLDED_UNITS)
COUNTS = {"chuc": 10, "ta": 12, "tá": 12, "cap": 2, "doi": 2, "đôi": 2}

NO = r"(?:khong|khg|ko|k|hok|hong|hông|khum|hk|hem)"
ME = (
    r"(?:e|em|c|chi|a|anh|minh|mk|mik|tui|toi|TOI|tao|tau|me|MA|co|chau|con|bac|chu|ba|dì|o|to|tớ"
    r"|xin)"
)
# "cần" as against "cân", a kilogram; it takes goods back only where they are named.
NEED = r"(?:can|CAN)"
BUY = r"(?:lay|chot|lum|len don|dat|mua|order|oder|ord|m[uú]c|hot|quat|rinh|xuc)"
# "cho em …" asks for anything, so it needs a code or a quantity after it.
GIVE = (
    rf"(?:(?:gui|gởi|ship|giao) (?:cho )?{ME}\b|cho (?:{ME}\b|(?=\d))|de (?:cho |lai |danh )*{ME}\b"
    rf"|b[aá]n (?:cho )?{ME}\b"
    rf"|ghi (?:ten )?(?:cho )?{ME}\b(?! (?:sai|nham|lon|2 lan))|xi(?= \d)|ung ho|take|theo(?= \d))"
)
# "sửa mắm còn 1 chai": so many are wanted from now on, not how many there are. Not so "đổi cho con
# 2 chai", where who buys is called "con".
LEFT = r"(?<! cho)(?<! giup)(?<! gium)(?<! dum)(?<! ho) con "
LESS = rf"\b(?:sua|doi|chinh|bot|rut|ha|giam(?! gia))\b(?: \w+){{0,4}}?{LEFT}"
SO_MANY = rf"(?:lai )?(?:\d|(?:{'|'.join(NUMBERS)})\b)"
# "bớt 1 hộp 01 giùm em": so many are taken back; of what lies on the table, where nothing is named.
FEWER = (
    rf"^(?:(?:a|da|DA|shop|oi|e|em|c|chi) )*bot (?:(?:giup|gium|dum|cho|di) )*(?!con )(?:{ME} )?"
    rf"(?:\d{{1,2}}|{'|'.join(NUMBERS)})"
    rf" (?:{COUNTED})\b(?!.*(?:\b(?:duoc|dc)\b|~))"
)
# "tăng lên 3 hộp", "rút xuống còn 1 thùng": a new amount of what was ordered.
RAISE = (
    r"(?:(?:tang|TANG|nang) len|(?:giam|ha|bot|rut) (?:xuong|lai)(?: con)?|(?:giam|bot|rut) con)"
    rf"(?= (?:thanh )?(?:\d{{1,2}}|{'|'.join(NUMBERS)})\b)"
    r"|sua +thanh(?= [1-9])"
)
BREAK = (
    r"[,;?!\n]+|\.(?= |$)|\b(?:nhung|con nua)\b|(?<=.)(?= giu\b)"
    r"|(?<=.)(?<!\bmay)(?<!\bbao)(?<!\btoi)(?<!\bden)(?<!\bbay)"
    rf"(?= (?:bay )?gio (?:\w+ )?(?:{BUY}|them)\b)"
    r"| - (?=(?:da )?(?:ck|chuyen khoan|sdt|ship|giao)\b)"
)
LINK = r"(?:https?:|www\.)\S*"
THANKS = r"\bcam (?:on|un)\b"
SPAM = (
    r"\b(?:cho vay|vay (?:tien|von|nhanh))\b|\blai suat|\btuyen (?:ctv|dung|nhan|gap)"
    r"|\bkiem (?:tien|\d+|~+)|\bdat phong\b|\bdao han\b|\bso đỏ\b"
    r"|\b(?:b[aá]n|giao) si\b.*(?:\b(?:alo|goi|nhan|ai can)\b|~{9})"
    r"|\bben (?:em|minh|e|tui|toi|TOI) co\b.*(?:\b(?:ai can|lh|lien he|zalo|ib)\b|~{9})|\bviec lam"
    r"|\b(?:nhan|b[aá]n|dich vu) (?i:tang) (?:like|follow|sub|tuong tac)\b"
    r"|\blh zalo|\b(?:b[aá]n|chuyen|nhan|cung cap)\b.*\bsi\b.*\b(?:lh|lien he|zalo|ib)\b"
    r"|\b(?:ben|nha) (?:em|minh|e|tui|mk) (?:co |cung |dang )?(?:b[aá]n|cung cap|chuyen"
    r" si)\b"
    r"|\bnha (?:em|minh|e|tui) co\b.*\b(?:re hon|gia re|lh|lien he)\b|\b(?:kèo|(?:soi|bat) keo"
    r"|keo (?:nha cai|bong|thom)|ca do|LO DE|danh lo de|soi cau)\b"
)

CANCEL = (
    rf"\b(?:h[uủ]y(?! (?:hoai|HOAI|diet)\b)|cancel|rut lai)\b"
    r"|(?<!\d )(?<!ky )(?<!kg )(?<!ki )(?<!can )"
    r"\bb[oỏ]\b(?! vao| trong| them| (?i:vo)\b| sung| qua| chung| ra| thung(?! (?:\d|Z))"
    r"| MOI\b| bao hut| hut)"
    rf"(?! bot\b[^,;]*{LEFT}{SO_MANY})"
    rf"|\b(?:xoa|rut|tra) (?:giup |dum |ho |lai )?(?:{ME} )?don\b"
    r"|\b(?:xoa|go|loai|rut|b[oỏ])\b[^,;?!]* khoi (?:don|gio|GIO)\b"
    rf"|\b{NO} (?:co )?(?:{BUY}|can|muon (?:{BUY}))\b(?!.*\b(?:duoc|dc) )(?! {NO})"
    rf"|\b{NO} {NEED} (?:\w+ )?(?:Z|[a-z]?\d)[^,;?!]* nua\b"
    r"|\bdung (?:gui|giao|ship|len don|dong|chot don)\b"
    r"(?! (?:vao |hang )?(?:thu|ngay|gio|buoi|sang|chieu|cuoi|truoc|qua|bang"
    r"|(?:loai|mau)(?! (?:\d|Z)))\b)"
    rf"|{FEWER}"
    r"|\bkhoi (?:lay|gui|giao|ship|mua)\b"
    r"|^(?:(?:a|u|da|DA|y|e|em|c|chi|shop) )*"
    rf"thoi\b(?!.*\b(?:{BUY}|doi)\b)"
    r"(?! (?:lay|chot|cho|mua|dat|cung|thi|de (?:em|e|minh|cho|chi)|ok"
    r"|ca nha|moi nguoi|mn|ngu|bye|off|(?:em|e|tui|minh|con|chi|c) (?:di|off|ngu|ve|lan)\b))"
)
# Without "nữa" it may be of somebody who never bought: "không mua đâu, vào xem cho vui thôi".
DECLINED = rf"\b(?:{NO}|khoi) (?:co )?(?:mua|can|(?:{BUY})(?=[^,;]* dau\b))\b(?!.*\bnua\b)"
# Who wrote by mistake takes it back: a person must say what.
MISTAKE = r"\b(?:bam|go|ghi|chot|dat|lay|mua|cmt|comment|nhan) (?:nham|lon|lom)\b"
NOT_CANCEL = (
    rf"(?:dung|{NO}|chua|kg|dau) (?:co |he |phai |ai )?(?:b[oỏ]|h[uủ]y)\b[^,;?!.]*"
    rf"|\b{NO} (?:lay|{NEED}|b[oỏ]|dung)(?: them)? (?:hop|tui|túi|thung|bao bi|da|duong"
    r"|hoa don|bill?|vat|qua|gio)\b"
    r"(?! \d| Z|.*\bnua\b)"
    r"|\bco h[uủ]y (?:\w+ )?dau\b"
    # An old number given up, no order.
    r"|\bso (?:\w+ )*~{9,}[^,;?!.]*\bb[oỏ]\b(?: (?:roi|r|lau))*(?= *(?:$|[,;?!.]))"
    # A man called Huy and his phone.
    r"|^huy(?= ~{9})|\bai (?:noi|BAO|bieu)\b[^,;?!.]*"
)
# Beside a cancel, what is not cancelled: "áo XL hủy, áo M để nguyên".
STAYS = (
    r"[^,;?!\n]*\b(?:giu (?:lai|nguyen)|de nguyen"
    r"|(?:van|VAN) (?:lay|mua|giu)(?! (?:them|hai|mot|\d)))\b[^,;?!\n]*"
)
# What is kept in the breath of a cancel: "giữ 2 hộp trà bỏ miến".
KEPT_BESIDE = r"\b(?:giu|de (?:lai|nguyen))\b[^,;?!\n]*?(?= (?:h[uủ]y|b[oỏ])\b)"
# Asked of a later day, not for now: "không vừa thì hủy được không".
THEN = r"\bthi (?:co )?(?:h[uủ]y|b[oỏ]|doi|tra)\b"
# A new wish right after a withdrawn line: "hủy 05 lấy 2 gói 02", "không lấy 01 nữa đổi 02".
WITHDRAWN = r"\b(?:h[uủ]y|b[oỏ]|(?:khong|ko|k) lay)\b(?=[^,;]* (?:lay|chot|doi)\b)"
WISH = r"(?<!khong)(?<!ko)(?<! k) (?=(?:lay|chot|doi)\b)|(?=[,;])"

# What may stand beside an order, or after its end, without changing it.
FILLER = (
    r"(?:a|ah|ak|ạ|à|u|uh|oi|oii|nha|nhe|nhen|nhak|nghen|nghe|ngh|hen|he|hi|ha|hihi|haha|shop|sop"
    r"|ad"
    r"|admin|e|em|c|chi|anh|minh|mk|mik|tui|toi|me|CO|bac|chu|di|dì|cau|ong|ban|nguoi|don|hang|cung|bồ|BA"
    r"|nx|luon|ngay|lien|voi|vs|gap|giup|dum|gium|ho|cho|va|la|thi|ok|oke|oki|okie|yes|vang|DA|da|do"
    r"|day|nay|nãy|nhanh|tay|them|nua|thoi|size|sz|mau|loai|phan|suat|cai|sdt|dt|sđt|so|ten"
    r"|y|dc|ne|ma|xin|cam|on|thanks|tks|gui|xac|nhan|h[uủ]y|dang|ky|muon|can|v|z|nhu"
    r"|de|sua|lai|doi|thanh|sang|qua|mua)"
)
MARK = r"(?:ma so|ma|sp|so|code|m)"
COUNTER = r"(?:phan|suat|don|slot|mon|combo|sp|lon|vi|khay|ro|con|bo|em|be|sét|dia|coc|gio)"

_PARTICLES = (
    r"(?= *(?:$|(?:(?:a|ah|ạ|shop|sop|ad|c|e|em|chi|anh|ban|minh|vay|v|z|the|ta|nhi|oi|nha|b|co"
    r"|bac|nhe|hen|ha|day|d|mn|moi nguoi|me|chu|chau|you|ik|di|he|voi)(?: |$))+$))"
)
QUESTION = (
    r"(?<!lay )(?<!ban )(?<!bán )\bhet (?:chua|hang|roi|r)\b"
    r"|\b(?:bao nhieu|bn|bnhieu|bnh|bao tien|nhieu tien|nhiu"
    r"|(?<!buon )may(?! (?:chi|ban|anh|em|e|bac|me|ba|c|b|co|ae|chau|ong"
    r"|(?i:ma|ni))\b)"
    r"|(?:gia|het|la|co|con|b[aá]n|tam|khoang) nhieu|(?<!khong )(?<!ko )(?<!k )(?<!chua )"
    r"ai(?! cung| noi| BAO| bieu|\b.*\b(?:thi|ib|lh|zalo)\b)|toi dau|dau roi"
    r"|nhieu(?= *(?:$|1\b|mot\b|v\b|vay|z\b|a\b|da\b|DA\b|xeng|shop|the|ky\b|kg\b"
    r"|can\b))"
    r"|(?<!\bhe )(?<!bang )(?i:(?<!dai )(?<!quoc )(?<!sui ))(?<!len )(?<!ghim )"
    r"gia(?! ?~| (?:mà|re|ma (?:co|duoc|trung|ship))\b"
    r"| (?i:dinh|sang|lai|lam|nghia|vien|loc|thuy|ray|kiem)\b)"
    r"|gia s\b|ib|inbox|rep|bao (?:(?i:lau)|gio)|khi nao|chung nao|lam sao"
    r"|(?<!coi )(?<!xem )(?<!the )(?<!hieu )sao(?! cung)|the nao|ntn|o dau"
    r"|cho nao|gi|j|(?<!cuoi )(?<!tim )(?<!danh )nao(?! cung)|check|stk|so tai khoan"
    r"|tin nhan|han su dung|hsd|hdsd|kieu gi"
    r"|bang gia|ai biet|hả"
    # "mô", "rứa" of the centre are "đâu", "thế".
    r"|(?:mô|chi|rang) rứa|mô(?= *$)|(?:khi|toi|o|cho|di|cai|loai|mon|thu) (?:mô|mo)"
    r"|phai khong|dung khong)\b"
    rf"|\b(?:{NO}|chua)\b{_PARTICLES}|(?:(?<!chi )(?<!em )(?<!shop )(?<!anh )|(?<=cua em"
    rf" ))\bà\b{_PARTICLES}"
    r"|\b(?:con|co|duoc|dc|ngon|hang) kg(?= *(?:$|(?:a|shop|c|e) *$))"
    rf"|\b(?:co|con|duoc|dc) [^,]*\b(?:khong|ko|k|hok|hong|hông|khum|hk)\b(?! {BUY})"
    rf"|\bcho (?:{ME} )?(?:hoi|xem|coi|biet)\b|\bdoi (?:cho|giup|lai cho) {ME} (?:voi|di)\b"
    r"|\bxin (?:so|stk|gia|dia ch[iỉ]|dc|link|thong tin|tt|info|anh|ảnh|hinh|menu|bang|sdt|ib|zalo"
    r"|fb|shop)\b"
    r"|\b(?:giao|gui|nhan|ship|chin|ve|den|len|di|thay|xong|toi|co|rep|tra loi) (?:\w+ )?chua\b"
    r"|\bchua (?:nhan|thay|toi|den|giao|gui|ship|ve|co (?:hang|ma|don))\b|\btu van\b|\bco ai\b"
    r"|\b(?:gui|chup|quay|cho) (?:\w+ )?(?:ảnh|hinh|video|clip|bang gia)\b|\bkhac nhau\b"
    # "cho anh 2 hộp" is a man's order, "cho em anh" a picture.
    r"|\b(?:chup (?:\w+ )?|(?:gui|cho) (?:em|e|c|chi|minh|mk|mik|tui|toi|co|xin) )anh\b(?! \d)"
    r"|\bhay\b.*\b(?:vay|v|z|(?i:di))(?: \w+)?$"
    # "là mật rừng hay mật nuôi", "này mặn hay lạt"; not "shop này live hay quá".
    rf"|\b(?:la|nay) (?:\w+ ){{1,4}}hay (?:la )?(?!.*\b{BUY}\b)(?!.*\bcho {ME}\b)"
    r"(?!(?i:qua|quá|ghe|lam|that|thiet|the|vay|di|an|ăn|uong|dung|xai|xem|coi|nhi|nha|du)\b)\w"
    r"|\bhay\b.*\b(?:hon|co)$|\bhay\b.*\bhon\b|\b(?:chứ|chu|co) nhi\b|\bco(?:n)?\b.*\bnhi$"
    r"|\b(?:giao|gui|nhan|ve) (?:\w+ )?"
    r"(?:(?:thieu|nham|sai(?! gon)|lon|hong|vo|bể|be(?= *$))\b|co \d)"
)
SIDE = (
    r"\b(?:free ?ship|ship|phi|cod|giao|(?:co )?(?:duoc|dc)(?! (?:may|bao nhieu|nhieu|nhiu|bn)\b)"
    r"|co (?:tang|ship|qua|giao|freeship)|tang"
    r"|ck|stk|chuyen khoan|bao gio|khi nao|khong (?:lay|can)|con (?=(?:ma |so )?(?:0\d|[a-z]\d))"
    r"|hsd"
    r"|han (?:dung|su dung)|mai (?:co|nhan|giao)|thanh toan|tra (?:tien|truoc)|gui (?:ve|qua|xe))\b"
)
# A gift of the shop's, not one for somebody: "lấy 1 hộp tặng sếp".
FREE = r"(?:tang(?! (?:sinh|ban|me|MA|bo|ba|BA|ong|sep|co|chi|anh|nguoi|vo|chong|con|be|thay)\b))"
# Wishes that ask nobody: "giá mà có tiền thì quất 10 hộp".
WISHED = (
    r"\b(?:gia (?:mà|(?:ma|nhu) (?:co|duoc|minh|em|tui|trung|ship))|phai chi|uoc (?:gi|chi))\b"
    r"(?!.*\b(?:bao nhieu|bn|sao|nao)\b)"
)
IF = r"\b(?:neu|gia su|gia ma|gia nhu|phai chi|uoc (?:gi|chi))\b"
# Asked of somebody first: "để hỏi mẹ đã, ...".
FIRST = r"\bde (?:\w+ )?hoi\b"
CONDITION = (
    rf"{IF}|\b{BUY} (?:duoc|dc)\b.*\b(?:chua|{NO})\b"
    rf"|\b{BUY}\b.*\b(?:(?<!co )(?<!duoc )(?<!qua )(?:{FREE}|giam|bot)|thi)\b"
    rf"|\b{BUY}\b.*\b(?:co|duoc|dc) (?:duoc |dc )?(?:giam|bot|re hon|chiet khau|uu dai)\b"
    r"|\btro len\b|\b(?:khi nao|bao gio|chung nao|neu|co .*) (?:moi|thi) (?:lay|chot|mua|dat)\b"
    rf"|\b(?:ung|thich|duyet|dong y|cho phep|kip|hop|vua|thay duoc) thi (?:{ME} )?{BUY}\b"
    rf"|\bcon thi\b|~ ?(?:duoc|dc) {NO}\b|\b(?:bot|giam|doi|thay|sua)\b.*\b(?:duoc|dc) {NO}\b"
    rf"|^(?!.*\b(?:{BUY}|cho|gui|de)\b).*\b(?:duoc|dc) {NO}\b"
)
# What is said of a price or an amount, and asks for none: "25k 1 quả mắc quá".
REMARK = (
    rf"^(?!.*\b(?:{BUY}|cho|gui|de|b[aá]n)\b).*"
    r"(?:\b(?:mac|DAT|re|nhieu|it) (?:quá|qua|du|ghe|the|vay|z|that|lam)\b"
    r"|\bbang (?:ca |nua |may |\d+ )?(?:ngay|tuan|thang|luong|to|bua|tien|nguoi)\b"
    r"|\bcon\b.* (?:thoi|roi) k[iì]a$"
    r"|\b(?:shop|host|co|chi) (?:moi|vua) (?:noi|BAO)\b"
    rf"|\bcon lai (?!\d|(?:{'|'.join(NUMBERS)})\b)\w)"
)
# Said to other viewers: "Lan ơi mua B5 đi", "múc đi bà con".
URGING = (
    rf"(?:\boi (?:mua|m[uú]c|hot)|\b(?:mua|m[uú]c|hot|quat|rinh)(?! \d))\b"
    rf"(?!.*\b(?:cho {ME}|giup|dum|gium)\b).* di"
    r"(?: (?:ba|ong|ban|may|mn|moi|nguoi|ca|nha|chi|em|anh|ae|con|oi))*$"
)
PROMOTION = (
    rf"\b{BUY} (?:\w+ ){{1,3}}(?:duoc |dc )?(?<!qua ){FREE} \w|\btro len\b|\btu \d+ \w+ \w+ giam"
)
PAST = (
    rf"\b(?:chua|dinh|tinh|suyt|lo|quen) {BUY}\b"
    r"|\b(?<!nhu )(?:hom|toi|sang|tuan|thang|lan|bua|dot|nam|hoi|HOI|phien|buoi) "
    r"(?:qua|truoc|trc|no|kia|roi|bua|kìa|ram|mung|tet|do|ay)\b|\bhom bua\b"
    r"|\b(?:hoi|HOI) (?:nho|xua)\b|\b(?:nam|thang|tuan) ngoai\b"
    rf"|\bnãy (?:\w+ )?{BUY}\b|\bngay xua\b|\bquen hoai\b"
    rf"|\bbua {BUY}\b|\b{BUY} (?:duoc|dc) \d"
    rf"|\b{BUY} (?:\w+ )?(?:o |ben |tai )*"
    r"(?:(?:ngoai|trong) (?:chợ|cho|tiem)|chợ|sieu thi|shop (?:kia|khac))\b"
    rf"|\b(?:{BUY}|nhan)\b.*\b(?:r|roi)\b"
    rf"|\b(?:da|vua|moi|tung|hay|toan) (?:{BUY}|nhan|[aă]n|dung)\b"
    r"|\b(?:da|vua|moi) (?:ck|chuyen|tra|thanh toan)\b|\b(?:ck|chuyen khoan|chuyen)\b.*\b(?:r"
    r"|roi)\b"
    r"|^(?:\w+ )?don\b.*\bcua\b"
    r"|\b(?:giao|nhan)\b[^,]*\b(?:dap|nat|bi hu) \w+ \d"
    r"|\b(?<!vao )(?<!vo )(?<!VO )don (?:cua )?(?:em|e|minh|mk|chi|c|tui|toi)\b(?! ?:)"
    r"(?!.*\bgom\b)"
)
OTHER = (
    rf"\b(?:ban|chi|anh|c|nguoi|ba|BA|ong|bac|co|me|con|thang)"
    rf" (?:\w+ )?(?:kia|do|ay|nay|tren|khac|ta|duoi|dau|nao|moi|vua)\b.*\b{BUY}\b"
    rf"|\b(?:may|nhieu|cac|toan|ai|mn|moi|thay|hoi) ?(?:chi|ban|nguoi|me|ba|BA|anh|c|b|em)?\b"
    rf"(?<!thoi)[^,]*\b(?:{BUY}|tranh)\b|\bco (?:nguoi|ban|chi|ai)\b.*\b{BUY}\b"
    rf"|^ban (?!oi|cho|a |chot|giup|lay|nhe|de|gui|len)[a-zA-Z]+ (?:\w+ )?{BUY}\b"
    rf"|\b{BUY}\b.*\bkìa\b"
    rf"|\bnguoi ta\b|\bben (?:kia|do|ay|khac)\b"
    rf"|\b(?:dung|dam|(?:{NO}|chua|co) nen) (?:co )?{BUY}\b(?! don)"
    rf"|\bnen (?:co )?{BUY}\b(?! (?:cho )?\d)|\blay (?:VO|vo|chong)\b"
)
WAITING = (
    rf"\bDOI (?:\w+ )?(?:ve|xong|luong|roi|den|toi)\b|\b(?:hong|hóng|chờ)\b"
    rf"|\bcho (?:ma|live|toi|den|len|shop)\b(?! (?:{BUY}|\d|hai|mot)\b)"
    r"(?! \d)"
    rf"|\b(?:lat|chut|ti|mai|MOT|sau) (?:nua |mot )?(?:moi |se )?(?:{ME} )?{BUY}\b"
    r"|\b(?:ngay|tuan|thang|lan|bua|hom|dot|dip|phien|buoi|live|ngay) (?:sau|khac|toi)"
    rf" (?:moi |se )?(?:{ME} )?{BUY}\b"
    rf"|\b{BUY} sau\b(?! (?:\d|(?:{COUNTED})\b))"
    rf"|\b{BUY} (?:{ME} )?(?:\d+ (?:{COUNTED}) )?(?:Z+|[a-z]?\d\d?) sau"
    r"(?: (?:nha|nhe|nhé|shop|a|ạ|di))*$"
    rf"|\b(?:hom|bua|ngay|tuan|thang|tieng) nua (?:moi |se )?(?:{ME} )?{BUY}\b"
)
SET = (
    rf"\b(?:sua|doi) lai\b|\b(?:doi|sua)\b.*\bthanh\b|\bdoi thanh\b|\bchỉ {BUY}\b"
    rf"|\b{RAISE}|\b(?:tang|TANG|nang) (?:\w+ ){{1,3}}len (?=\d)|{LESS}(?={SO_MANY})"
)
# "A1 2 hộp thôi": so many and no more.
ONLY = r"(?<=[^ ] )thoi\b"
# What buyers say of goods before they ask for them: "ngon quá trời lấy 2 hộp".
PRAISE = (
    r"(?:ngon|dep|tuoi|thom|ngot|beo|bui|re|xin|xin xo|chat|quá|qua|troi|troi oi|lam|ghe|the"
    r"|lớn|that|thiet|luon|nhin|thay|coi|ung|thich|mê|ham|thèm|them|wow|trong|du|bo|mac)"
)
# Words beside an order that say nothing for or against it.
ASIDE = (
    r"(?:pls|plz|please|ck|dung|roi|thu|coi|sao|chế|tui|le|trc|truoc|iu|yeu|gia|an|ăn|uong|bieu"
    r"|xai|lam|qua|nhe|nghen)"
)
# Before an order: what to do with it, and calls.
LEADING = (
    r"(?:ship|giao|gui|gởi|goi|giu|danh|nhat|chuan|bi|ve|cod|ui|ua|iem|mun|chỉ|thu|TANG|SUA|nham"
    r"|~+)"
)
# Said before an amount, without a verb of buying, it tells of goods and asks for none:
# "mẹ em thích cam 1 ký", "2 tay bưng 2 hộp".
STATING = (
    r"\b(?:thich|ghien|mê|ghet|trồng|nuoi|bán|bung|cầm|xach|vac|khieng|chở|đựng|đong"
    r"|nặng|uong(?! bi)|xai|khui|khoe|ngoi|nhin|bi (?:hu|dap|vo)|hu het|lỗ|ăn(?! thu\b)|dem"
    r"|thu hoach|thay(?!.*\bbang\b)|(?:da|moi|cu) BAO|nghi (?:toi|den|chuyen)|tinh chuyen|tuong la"
    r"|mà|(?:ben|ngoai|trong) chợ|moi (?:dam|du|co|het)|(?:vua|moi) ve|nghe noi|quang cao|giao si"
    r"|bu (?:cho|lai)|(?:hoi|HOI) (?:nho|xua|sinh vien))\b"
)
ADD = r"\b(?:them|nx)\b|\bnua\b(?! (?:chuc|ta|ky|kg|can|ki|kilo|lang|yen)\b)"
SWAP = r"\bdoi\b.*\b(?:sang|thanh|qua|lay)\b|\bthay\b.*\bbang\b"
# "12 con", "còn 2 hộp": how many there are, or come with it, not how many are wanted.
NOT_WANTED = (
    r"(?:con|tang(?! len)|duoc|nhan|co|het|[aă]n|uong|xai|trung|thang|nang|nặng|ban|bán|cach|hon"
    r"|gan|khoang|kem|tren|duoi|chia|share|giam|tru|cong|bien|du|dau|thu|top|lan|cao|dai|rong|di"
    r"|muc) (?:\w+ )?$"
)

# Where somebody lives, with its figures.
PLACE = (
    r"\b(?:xom|tầng|lau|thon|ngo|ngach|so nha|duong|pho|khu|ap|phuong|quan|q|p|toa|km|hem|o so|to"
    r"|ki ot"
    r"|lo|block|can ho|kdt|tdp|huyen|xa|ql|tl|tinh lo|quoc lo)"
    rf" ?(?:(?<=toa )[a-z] ?)?\d+[a-z]?(?:/\d+)*\b(?! ?(?:{COUNTED})\b)"
    r"|(?<=\bve )\d+[a-z]?(?:/\d+)* (?=(?:duong|pho|ngo|hem|to|thon|khu|xom|ap)\b)"
    r"|\bso (?:nha )?\d+[a-z]?(?:/\d+)*,? ?(?=(?:ngo|ngach|duong|pho|hem|to|thon|khu|xom|ap|toa)\b)"
    r"|\b(?:giao|ship|gui|nhan) (?:hang )?(?:den|toi|ve|qua|ra|vao|o|tai|cho)? ?(?:nha |so"
    r" )+\d+[a-z]?(?:/\d+)*\b"
    r"|\b(?:nha|o|tai|dia ch[iỉ]|dc|d/c) ?:? ?(?:em |e |minh |o |so |nha |tai )*:?"
    rf" ?\d+[a-z]?(?:/\d+)*(?= [a-zA-Z])(?! ?(?:{COUNTED})\b)"
    rf"|\bdia ch[iỉ] {ME} ?: ?\d+[a-z]?(?:/\d+)*(?= [a-zA-Z])(?! ?(?:{COUNTED})\b)"
    rf"|(?<![\d,.])\d+[a-z]?(?:/\d+)+(?! ?(?:{COUNTED})\b)(?!\d)"
)
# Figures of time and the like, and of who writes.
TIMES = (
    r"\b(?:\d+) ?(?:gio|h|phut|p|ngay|tuoi|sao|nguoi|lan|phan tram|%|diem|like|view|tim|thang"
    rf"|nam(?! (?:{COUNTED})\b)|tuan)\b"
    r"|\b1m\d{1,2}\b[ ,]*(?:\d{2} ?(?:kg|ky|can)\b)?|\b\d{2} ?(?:kg|ky)[ ,]*1m\d{1,2}\b"
    r"|\b\d+h\d+\b|\bngay \d+\b|(?<=\bgiao )t[2-7]\b|(?<=\bnhan )t[2-7]\b"
)
ADDRESS = rf"{PLACE}|{TIMES}"
# Where the goods go, said without figures: "ship về Hội An", "địa chỉ em: chợ Đồng Xuân".
SENT_TO = (
    r"\b(?:ship|giao|gui|gởi|chuyen|nhan)(?: hang)? (?:ve|den|toi|qua|ra|vao|o|tai)(?= [^\W\d])"
    r"|\bdia ch[iỉ]\b(?: \w+)? ?:?(?= ?\w)"
)
MONEY = (
    r"(?<![\w])(?!0\d k\b)\d+(?:[.,]\d+)* ?(?:k|ng|nghin|ngan|d|dong|tr|trieu|vnd|ca|canh|xi|lit(?="
    r" tien))(?!\w)"
    r"|(?<![\w])\d+(?:k|tr|trieu)\d+(?![a-z0-9])|(?<!\w)\d+ (?:tram|chuc) (?:ngan|nghin|k)(?!\w)"
    r"|(?<![\w])\d{1,3}(?:\.\d{3})+(?![a-z0-9])"
)

# The spellings meant by the patterns above, and usual mistypings; other accents: another word.
SPELLED = (
    "lấy lây lâý lấi chốt chót chôt chớt đặt đăt đặc mua múc hốt quất gửi gởi gủi cho hủy huỷ hũy"
    " huy"
    " bỏ thôi đừng không hông hổng một hai ba bốn năm lăm sáu bảy bẩy tám chín mười mươi chục tá"
    " cặp nửa nữa rưỡi rưởi giá gì sao nào bao nhiêu nhiều mấy ngày giờ tiền hộp hôp họp hợp gói"
    " goí túi ký kí"
    " kì cân lạng yến tấn chai hũ hủ lọ cây lít cái chiếc thùng tệp trái bịch thêm đổi"
    " sửa thành sang nếu rồi đã vừa hôm qua mã số đồng nghìn ngàn đường phố tổ ngõ thôn xóm hẻm"
    " quận"
    " phường tặng chưa chị anh khỏi nên dám thiếu nhầm bạn bán mỗi thứ loại mới từng lần trước"
    " nhận giảm bớt xin hỏi"
    " xem hình ảnh vay nhà tư vấn số đúng phải đâu thấy người giao dạ vậy thế dùng dụng để định hay"
    " chỉ khi với và muốn lát mai sau thì là lại tháng tuần đơn xóa xoá rút trả còn hết ở đến tới"
    " có được ơi chỉnh"
    " ai quà ngách ấp khu tòa huyện xã lầu gia đình tài khoản nhắn biết"
)
# Words whose accents, when typed, decide between two meanings that look alike when folded.
KEPT = {
    "tạ": "tạ",
    "đôi": "đôi",
    "bó": "bó",
    "quả": "quả",
    "chờ": "chờ",
    "nãy": "nãy",
    "chế": "chế",
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
    "mà": "mà",
    "bán": "bán",
    "trồng": "trồng",
    "cầm": "cầm",
    "chở": "chở",
    "nặng": "nặng",
    "mê": "mê",
    "hủy": "hủy",
    "huỷ": "hủy",
    "hũy": "hủy",
    "bồ": "bồ",
    "bỏ": "bỏ",
    "đỏ": "đỏ",
    "tầng": "tầng",
    "bể": "bể",
    "gởi": "gởi",
    "túi": "túi",
    "mô": "mô",
    "múc": "múc",
    "tá": "tá",
    "sáu": "sáu",
    "lớn": "lớn",
    "rứa": "rứa",
    "ăn": "ăn",
    "chợ": "chợ",
    "đong": "đong",
    "đựng": "đựng",
    "lỗ": "lỗ",
}
