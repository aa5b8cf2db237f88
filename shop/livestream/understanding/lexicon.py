"""Words buyers use, folded (no accents), as patterns by meaning."""

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
VERB = (
    r"lay|chot|dat|mua|order|muc|hot|quat|gui (?:cho )?(?:e|em|minh|mk|mik|tui)"
    r"|cho (?:e|em|c|chi|a|anh|minh|mk|mik|tui|toi|me|co|xin)\b|cho (?=\d)"
)
BREAK = r"[,;?!\n]+|\.(?= |$)|\b(?:nhung|con nua)\b"
SPAM = (
    r"\bvay tien|\blai suat|\btuyen (?:ctv|dung)|\bkiem tien|\bviec lam|\blh zalo"
    r"|\bben (?:em|minh) ban"
)
LINK = r"(?:https?:|www\.)\S*"
NOT_CANCEL = (
    r"(?:dung|khong|ko|k|hok|hong|khum|chua|kg) (?:co )?(?:bo|huy)\b(?: don)?(?: dau)?"
    r"|(?:khong|ko|k|hok|hong|khum) (?:lay|can|bo) (?:hop|tui|bao bi|da|duong)\b(?! \d)"
)
CANCEL = (
    r"\bhuy\b|\bbo\b(?! vao| trong| them| vo)|\b(?:khong|ko|k|hok|hong|khum) (?:lay|mua|dat|chot)"
    r"(?!.*\b(?:duoc|dc) )|\bdung (?:gui|giao|ship)|^thoi\b(?! (?:lay|chot|cho|mua))"
)
# A new wish right after a withdrawn line: "hủy 05 lấy 2 gói 02", "không lấy 01 nữa đổi 02".
INSTEAD = (
    r"(\b(?:huy|bo|(?:khong|ko|k) lay)\b[^,;]*?\d[^,;]*?(?<!khong)(?<!ko)(?<! k)) "
    r"(?=(?:lay|chot|doi)\b)"
)
QUESTION = (
    r"\bhet (?:chua|hang|roi|r)\b|"
    r"\?|\b(?:bao nhieu|bn|bnhieu|may (?:ngay|gio|tien|hop|kg|k)|nhieu tien|gia|ib|inbox|rep"
    r"|bao (?:lau|gio)|khi nao|sao|the nao|o dau|gi|nao(?! cung)|check|stk|han su dung|hsd"
    r"|khong|ko|k|hok|khum|hong(?= *(?:$|a\b|shop|c\b|e\b|vay)))\b"
)
SIDE = (
    r"\b(?:free ?ship|ship|phi|cod|giao|duoc|dc|co (?:duoc|dc|tang|ship|qua)|tang"
    r"|ck|stk|chuyen khoan|bao gio|khi nao|khong (?:lay|can))\b"
)
CONDITION = r"\b(?:neu|gia su)\b|\b(?:lay|mua|chot|dat)\b.*\b(?:thi|tang|giam|bot)\b|\btro len\b"
PROMOTION = r"\b(?:mua|lay|chot) (?:\w+ ){1,3}(?:duoc |dc )?tang \w|\btro len\b"
PAST = (
    r"\b(?:chua|dinh) (?:lay|chot|mua|dat)\b|"
    r"\b(?:hom|toi|sang|tuan|thang|lan|bua|dot) (?:qua|truoc|no|kia|roi)\b"
    r"|\b(?:lay|mua|chot|dat|nhan)\b.*\b(?:r|roi)\b|\b(?:da|vua) (?:lay|mua|chot|dat)\b"
)
OTHER = r"\b(?:ban|chi|anh|c|nguoi|ba) (?:kia|do|ay|nay|tren|khac) .*(?:lay|chot|mua|dat)\b"
WAITING = r"\b(?:hong|cho) (?:ma|live|toi)\b"
SET = r"doi thanh|sua lai|sua thanh|\bthoi\b"
ADD = r"\bthem\b|\bnua\b(?! (?:ky|kg|can|ki|kilo))"
MARK = r"(?:ma|m|sp|so|#)"
# The spellings meant by the patterns above, and usual mistypings; other accents: another word.
SPELLED = (
    "lấy lây chốt chót chôt đặt đăt mua múc hốt quất gửi gởi cho hủy huỷ bỏ thôi đừng không"
    " hông hổng một hai ba bốn năm lăm sáu bảy bẩy tám chín mười chục tá cặp đôi nửa nữa rưỡi"
    " rưởi giá gì sao nào bao nhiêu mấy ngày giờ tiền hộp hôp gói túi ký kí cân lạng yến tạ tấn"
    " chai hũ lọ bó cây lít cái chiếc thùng tệp quả trái bịch thêm đổi sửa thành sang nếu rồi"
    " đã vừa hôm qua mã số đồng nghìn ngàn đường phố tổ ngõ thôn xóm hẻm quận phường"
    " tặng chưa hóng chờ bạn chị anh"
)
ADDRESS = (
    r"\b(?:xom|TANG|lau|thon|to|ngo|ngach|so nha|duong|pho|khu|ap|phuong|quan|q|toa|km|hem|o so)"
    r" ?(?:(?<=toa )[a-z] ?)?\d+(?:/\d+)*\b"
    r"|\b\d+ (?:gio|h|phut|ngay|tuoi|sao|nguoi|lan|phan tram)\b"
)
MONEY = (
    r"(?<![\w])\d+(?:[.,]\d+)* ?(?:k|ng|nghin|ngan|d|dong|tr|trieu|vnd)(?![a-z0-9])"
    r"|(?<![\w])\d+(?:k|tr)\d+(?![a-z0-9])"
    r"|(?<![\w])\d{1,3}(?:\.\d{3})+(?![a-z0-9])"
)
