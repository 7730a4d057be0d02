# The texts of this area in Arabic: the same messages as in locales/en.

rooms = الغرف
rooms-and-account = الغرف والحساب
rooms-none = لا غرف بعد. أنشئ غرفة أو تصفّح الموجود منها.
section-favourites = المفضلة
section-rooms = الغرف
section-direct = الرسائل المباشرة
section-archived = المؤرشفة
new-room = غرفة جديدة
browse-rooms = تصفّح الغرف
new-direct = رسالة جديدة
show-rooms = عرض الغرف
no-rooms = لست في أي غرفة بعد
no-rooms-what = أنشئ غرفة لفريقك، أو تصفّح الغرف الموجودة. تجد الغرف بجانب هذه الصفحة؛ وفي النافذة الضيقة خلف زر القائمة.
welcome = أهلًا بك
not-sent = غير مرسل

room-menu = ما يمكن فعله بـ { $name }
room-failed = لم تُقبل
room-waiting = بانتظار الخادم
room-draft = نص غير مرسل
retry-room = إعادة المحاولة
discard-room = تجاهل
mark-read = تعليم كمقروءة
favourite = إضافة إلى المفضلة
mute = كتم
muted = مكتومة
copy-link = نسخ الرابط
unread-count = { $count ->
    [zero] لا رسائل غير مقروءة
    [one] رسالة واحدة غير مقروءة
    [two] رسالتان غير مقروءتين
    [few] { $count } رسائل غير مقروءة
    [many] { $count } رسالة غير مقروءة
   *[other] { $count } رسالة غير مقروءة
}
unread-for-me = { $count ->
    [zero] لا رسائل غير مقروءة لك
    [one] رسالة واحدة غير مقروءة لك
    [two] رسالتان غير مقروءتين لك
    [few] { $count } رسائل غير مقروءة لك
    [many] { $count } رسالة غير مقروءة لك
   *[other] { $count } رسالة غير مقروءة لك
}

switcher = الانتقال إلى غرفة أو شخص
switcher-hint = أحرف من اسم غرفة أو شخص
switcher-person = شخص
switcher-action = إجراء
switcher-link = فتح الرابط
nothing-found = لا شيء بهذا الاسم.

name = الاسم
topic = الموضوع
optional = (اختياري)
topic-hint = عمّ تدور الغرفة
new-room-what = يستطيع كل من على هذا الخادم العثور على الغرفة والانضمام إليها.
first-members = الأعضاء الأوائل
create-room = إنشاء الغرفة
policy = من يحق له تعديل الرسالة
policy-author = كاتبها
policy-moderators = كاتبها ومن يشرف على الغرفة
policy-everyone = كل من يحق له الكتابة

find-rooms = البحث عن غرف
open = فتح
join = انضمام
open-room = فتح { $name }
join-title = الانضمام إلى { $name }
join-unknown-title = غرفة غير معروفة هنا
join-unknown = يقود الرابط إلى غرفة لست فيها وليست مفتوحة للجميع، أو لم يخبر الخادم عنها بعد. اطلب من أحد أعضائها أن يدعوك.
browse-none = لا غرف معروفة بعد. تظهر حالما يجيب الخادم؛ أو أنشئ أول غرفة.

room-settings = الإعدادات
settings-of = إعدادات { $name }
settings-not-yours = لا يغيّرها إلا من يشرف على هذه الغرفة.
archived = مؤرشفة
archive = أرشفة
unarchive = إعادة الفتح
leave-room = مغادرة
leave-title = أتريد مغادرة { $name }؟
leave-what = لن يصلك منها شيء بعد الآن. يمكنك الانضمام مجددًا ما دامت مفتوحة.
leave-direct-what = لن يصلك منها شيء حتى يكتب أحدكما إلى الآخر مجددًا.

link-unknown = ليس هذا رابطًا يعرفه Amend.
link-elsewhere = يقود هذا الرابط إلى خادم آخر، { $relay }. أضف حسابك هناك أولًا.
link-known = أنت على هذا الخادم بالفعل، باسم { $name }.
