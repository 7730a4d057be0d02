# The texts of this area in Arabic: the same messages as in locales/en.

task-done = منجزة
task-open = للإنجاز
table = جدول
picture = صورة:
link-leads-to = إلى أين يقود هذا الرابط حقًا
code = شيفرة
code-in = شيفرة { $language }
copy-code = نسخ
copied = تم النسخ
not-copied = لم تُنسخ: حدّد الشيفرة وانسخها

message-to = رسالة إلى #{ $room }
send = إرسال
send-hint = إرسال (Enter)
edit-message = تعديل الرسالة
edit-keys = Enter للحفظ · Shift+Enter لسطر جديد · Esc للإلغاء
give-up-edit = أتريد التخلي عما غيّرته؟
go-on-editing = متابعة التعديل
too-long = { $count ->
    [zero] الرسالة أطول من اللازم. اختصرها أو أرسلها على أجزاء.
    [one] الرسالة أطول من اللازم ببايت واحد. اختصرها أو أرسلها على أجزاء.
    [two] الرسالة أطول من اللازم ببايتين. اختصرها أو أرسلها على أجزاء.
    [few] الرسالة أطول من اللازم بـ{ $count } بايتات. اختصرها أو أرسلها على أجزاء.
    [many] الرسالة أطول من اللازم بـ{ $count } بايتًا. اختصرها أو أرسلها على أجزاء.
   *[other] الرسالة أطول من اللازم بـ{ $count } بايت. اختصرها أو أرسلها على أجزاء.
}
bytes-left = { $count ->
    [zero] لم يبقَ أي بايت
    [one] بقي بايت واحد
    [two] بقي بايتان
    [few] بقيت { $count } بايتات
    [many] بقي { $count } بايتًا
   *[other] بقي { $count } بايت
}
preview = معاينة
preview-hint = معاينة (Ctrl+Shift+P)
preview-empty = لا شيء يُعرض بعد.
formatting = التنسيق
bold = غامق (Ctrl+B)
italic = مائل (Ctrl+I)
strike = يتوسطه خط (Ctrl+Shift+X)
link = رابط (Ctrl+Shift+K)
code-mark = شيفرة (Ctrl+E)
code-block = كتلة شيفرة
quote = اقتباس
list = قائمة
numbers = قائمة مرقّمة
suggestions = اقتراحات
suggestion-online = متصل

emoji = إيموجي
emoji-hint = إيموجي (Ctrl+Shift+E)
emoji-search = البحث عن إيموجي
emoji-none = لا إيموجي بهذا الاسم.
emoji-groups = أنواع الإيموجي
emoji-recent = المستخدمة مؤخرًا
emoji-smileys = الوجوه
emoji-people = الناس
emoji-nature = الحيوانات والطبيعة
emoji-food = الطعام والشراب
emoji-travel = السفر والأماكن
emoji-activities = الأنشطة
emoji-objects = الأشياء
emoji-symbols = الرموز
emoji-flags = الأعلام
skin-tone = لون البشرة
