# The texts of this area in Arabic: the same messages as in locales/en.

messages = الرسائل
new-messages = رسائل جديدة
older-loading = رسائل أقدم…
older-fetching = جارٍ جلب الرسائل الأقدم من الخادم…
room-empty = لم يُكتب هنا شيء بعد. اكتب أول رسالة في الأسفل.
room-begins = هنا تبدأ الغرفة.
scrollbar = الموضع في الغرفة
today = اليوم
yesterday = أمس
unread-line = جديد

message-by = { $name }، { $moment }
message-deleted = حُذفت هذه الرسالة
message-actions = ما يمكن فعله بهذه الرسالة
message-more = المزيد
message-reply = رد
message-react = إضافة تفاعل
more-emoji = رموز تعبيرية أخرى
message-edit = تعديل
message-pin = تثبيت في هذه الغرفة
message-unpin = إلغاء التثبيت
message-copy-link = نسخ الرابط
message-copy-text = نسخ النص
message-versions = عرض النسخ السابقة
message-delete = حذف
message-is-pinned = مثبّتة في هذه الغرفة
action-with-key = { $action } ({ $key })
delete-question = أتريد حذف هذه الرسالة لدى الجميع؟
delete-yes = حذف
delete-no = إبقاء
deleted-meanwhile = حُذفت في هذه الأثناء؛ انسخ نصك إن كنت ما زلت تحتاج إليه.
changed-meanwhile = تغيّرت في هذه الأثناء إلى:
link-copied = الرابط في الحافظة.
text-copied = النص في الحافظة.
copy-failed = تعذّر استخدام الحافظة. حدّد النص وانسخه بـ Ctrl+C.

edited = معدّلة
edited-at = عُدّلت { $moment }. انقر لعرض كل النسخ.
edited-by = عدّلها { $name }، { $moment }. انقر لعرض كل النسخ.
pinned = مثبّتة
waiting = بالانتظار
waiting-why = محفوظة على هذا الجهاز؛ بانتظار الخادم
sent = أُرسلت: وصلت إلى الخادم

reactions = التفاعلات
reaction-who = تفاعل { $emoji } من { $names }
reaction-who-others = تفاعل { $emoji } من { $names } و{ $others ->
    [one] شخص آخر
    [two] شخصين آخرين
    [few] { $others } أشخاص آخرين
    [many] { $others } شخصًا آخر
   *[other] { $others } شخص آخر
}

reply-jump = الانتقال إلى هذه الرسالة
reply-not-here = رسالة ليست على هذا الجهاز
reply-cancel = إلغاء الرد
replying-to = رد على { $name }

pins = الرسائل المثبّتة
pins-none = لا شيء مثبّت هنا بعد. من يعتني بالغرفة يثبّت الرسائل من قائمتها.
pins-listed = الرسائل المثبّتة: { $count }
pins-count = { $count ->
    [zero] لا رسائل مثبّتة
    [one] رسالة واحدة مثبّتة
    [two] رسالتان مثبّتتان
    [few] { $count } رسائل مثبّتة
    [many] { $count } رسالة مثبّتة
   *[other] { $count } رسالة مثبّتة
}

versions-title = كل نسخ هذه الرسالة
versions-deleted = حُذفت الرسالة.
versions-asking = جارٍ طلب النسخ السابقة من الخادم…
versions-missing = { $count ->
    [zero] كل النسخ السابقة على هذا الجهاز.
    [one] نسخة سابقة واحدة ليست على هذا الجهاز.
    [two] نسختان سابقتان ليستا على هذا الجهاز.
    [few] { $count } نسخ سابقة ليست على هذا الجهاز.
    [many] { $count } نسخة سابقة ليست على هذا الجهاز.
   *[other] { $count } نسخة سابقة ليست على هذا الجهاز.
}

jump-to-date = الانتقال إلى تاريخ
month-before = الشهر السابق
month-after = الشهر التالي
jump-beginning = البداية
jump-newest = الانتقال إلى الأحدث
jump-newest-count = { $count ->
    [zero] لا رسائل جديدة
    [one] رسالة جديدة واحدة
    [two] رسالتان جديدتان
    [few] { $count } رسائل جديدة
    [many] { $count } رسالة جديدة
   *[other] { $count } رسالة جديدة
}
jump-newest-many = أكثر من { $count ->
    [zero] { $count } رسالة جديدة
    [one] رسالة جديدة واحدة
    [two] رسالتين جديدتين
    [few] { $count } رسائل جديدة
    [many] { $count } رسالة جديدة
   *[other] { $count } رسالة جديدة
}

missing-fetching = ليست تلك الرسالة على هذا الجهاز بعد. الرسائل الأقدم قيد الجلب؛ وتُعرض حالما تصل.
missing-gone = ليست تلك الرسالة في سجل هذه الغرفة على هذا الجهاز. ربما لم تصل إلى الخادم قط.
missing-no-room = يقود ذلك الرابط إلى غرفة لست فيها. انضم إليها أولًا، أو اطلب دعوة.

arrived = { $name }: { $text }
many-arrived = { $count ->
    [zero] لا رسائل جديدة
    [one] رسالة جديدة واحدة
    [two] رسالتان جديدتان
    [few] { $count } رسائل جديدة
    [many] { $count } رسالة جديدة
   *[other] { $count } رسالة جديدة
}

refused-conflict = تعارض تعديلان.
refused-edit = لم يُقبل تعديلك.
refused-delete = لم تُحذف.
refused-pin = لم تُثبّت.
refused-post = لم تُرسل.
theirs = نص الطرف الآخر، وهو الساري الآن
theirs-by = نص { $name }، وهو الساري الآن
yours = نصك
both-began-from = ما بدأ منه كلاكما
keep-mine = إبقاء نصي
keep-theirs = إبقاء نص الآخر
keep-both = إبقاء الاثنين
keep-both-how = إبقاء الاثنين: يبقى نص الطرف الآخر هنا، ويُنشر نصك ردًا عليه.
edit-both = دمج يدوي
keep-theirs-sure = أتريد إبقاء نص الآخر والتخلي عن نصك؟
discard-text-sure = أتريد التخلي عن نصك؟
discard-sure = أتريد التخلي عن هذا التغيير؟
give-up = التخلي
keep-text = إبقاء
post-as-new = نشر كرسالة جديدة
retry = إعادة المحاولة
edit-again = التعديل مجددًا
discard = تجاهل
