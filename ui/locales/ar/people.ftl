# The texts of this area in Arabic: the same messages as in locales/en.

people = الأشخاص في هذه الغرفة
show-people = عرض الأشخاص
you = أنت
find-people = البحث عن أشخاص
invite-people = إضافة أشخاص
invite-to = إضافة أشخاص إلى { $name }
invite-add = إضافة
invite-room-what = ليس هنا بعد؟ رابط يتيح { $count ->
    [one] لشخص واحد
    [two] لشخصين
   *[other] لعدد { $count } من الأشخاص
} إنشاء حساب خلال { $days ->
    [one] يوم
    [two] يومين
    [few] { $days } أيام
   *[other] { $days } يومًا
} ويُدخلهم هذه الغرفة.
write-to = مراسلة
mention = إشارة
direct-too-many = الحد الأقصى لعدد الأشخاص في الغرفة المباشرة هو { $max }. للأكثر من ذلك، أنشئ غرفة.
people-count = { $count ->
    [zero] لا أحد
    [one] شخص واحد
    [two] شخصان
    [few] { $count } أشخاص
    [many] { $count } شخصًا
   *[other] { $count } شخص
}
people-online = المتصلون: { $count }
presence-online = متصل
presence-offline = غير متصل
presence-unknown = غير معروف ما دمت غير متصل
presence-unknown-all = أنت غير متصل: لا يُعرف من المتصلون.
role = الدور
role-owner = مالك
role-moderator = مشرف
role-member = عضو
role-reader = قارئ
role-removed = مُزال
remove-person = إزالة من هذه الغرفة
remove-what = لن يصل إلى { $name } شيء من هذه الغرفة بعد الآن، والعودة إليها بدعوة فقط.
typing-one = { $name } يكتب…
typing-two = { $name } و{ $other } يكتبان…
typing-many = { $count ->
    [zero] لا أحد يكتب
    [one] شخص واحد يكتب…
    [two] شخصان يكتبان…
    [few] { $count } أشخاص يكتبون…
    [many] { $count } شخصًا يكتبون…
   *[other] { $count } شخص يكتبون…
}
