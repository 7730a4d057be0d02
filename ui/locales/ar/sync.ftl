# The texts of this area in Arabic: the same messages as in locales/en.

changes-waiting = { $count ->
    [zero] لا تغييرات بالانتظار
    [one] تغيير واحد بالانتظار
    [two] تغييران بالانتظار
    [few] { $count } تغييرات بالانتظار
    [many] { $count } تغييرًا بالانتظار
   *[other] { $count } تغيير بالانتظار
}
changes-refused = { $count ->
    [zero] لا تغييرات لم تُقبل
    [one] تغيير واحد لم يُقبل
    [two] تغييران لم يُقبلا
    [few] { $count } تغييرات لم تُقبل
    [many] { $count } تغييرًا لم تُقبل
   *[other] { $count } تغيير لم تُقبل
}

offline = غير متصل
connecting = جارٍ الاتصال…
catching-up = جارٍ جلب الجديد…
online = متصل
signed-out = تم تسجيل الخروج
try-now = المحاولة الآن

changes-waiting-since = { $count ->
    [zero] لا تغييرات بالانتظار منذ { $time }
    [one] تغيير واحد بالانتظار منذ { $time }
    [two] تغييران بالانتظار منذ { $time }
    [few] { $count } تغييرات بالانتظار منذ { $time }
    [many] { $count } تغييرًا بالانتظار منذ { $time }
   *[other] { $count } تغيير بالانتظار منذ { $time }
}
changes-waiting-kept = { $count ->
    [zero] لا تغييرات بالانتظار؛ لم يضع شيء.
    [one] تغيير واحد بالانتظار؛ لم يضع شيء.
    [two] تغييران بالانتظار؛ لم يضع شيء.
    [few] { $count } تغييرات بالانتظار؛ لم يضع شيء.
    [many] { $count } تغييرًا بالانتظار؛ لم يضع شيء.
   *[other] { $count } تغيير بالانتظار؛ لم يضع شيء.
}
sync-since = منذ { $time }
sync-open = { $state }: عرض ما ينتظر وما لم يُقبل
sync-title = المزامنة
rooms-level = الغرف المحدّثة: { $level } من { $rooms }
fetching-older = جارٍ جلب الرسائل الأقدم، نحو { $percent }%
fetching-sentence = { $rooms ->
    [zero] لا غرف قيد الجلب؛ نحو { $percent }% من السجل هنا.
    [one] ما زالت رسائل أقدم من غرفة واحدة قيد الجلب؛ نحو { $percent }% من سجلها هنا.
    [two] ما زالت رسائل أقدم من غرفتين قيد الجلب؛ نحو { $percent }% من سجلهما هنا.
    [few] ما زالت رسائل أقدم من { $rooms } غرف قيد الجلب؛ نحو { $percent }% من سجلها هنا.
    [many] ما زالت رسائل أقدم من { $rooms } غرفة قيد الجلب؛ نحو { $percent }% من سجلها هنا.
   *[other] ما زالت رسائل أقدم من { $rooms } غرفة قيد الجلب؛ نحو { $percent }% من سجلها هنا.
}
in-step-now = أُرسل كل شيء، وكل جديد هنا.
in-step-at = آخر تحديث: { $time }
sync-waiting-title = بانتظار الخادم
sync-nothing-waits = لا شيء بالانتظار.
sync-recovered-title = لم يُقبل
sync-nothing-recovered = وصل كل ما كتبته.
sync-where-when = { " " }في { $room } · { $time }
change-by = { $what } من { $name }
change-post = رسالة
change-edit = تعديل
change-delete = حذف
change-create-room = غرفة جديدة
change-join = انضمام
change-leave = مغادرة
change-pin = تثبيت
change-react = تفاعل
change-mark-read = علامة قراءة
change-set-room = إعدادات غرفة
change-set-member = تغيير عضو
change-open-direct = غرفة مباشرة
state-waiting = لم يغادر هذا الجهاز. يُرسل حالما يمكن الوصول إلى الخادم.
state-sent = ربما وصل إلى الخادم، لكنه لم يجب بعد. إن لم يكن قد وصل، يُرسل مرة أخرى.
state-accepted = وصل إلى الخادم. ولم يعد منه بعد ما غيّره.
take-back = سحب
take-back-forget = أتريد سحبه؟ لم يغادر هذا الجهاز.
take-back-delete = أتريد سحبه؟ ربما وصل إلى الخادم، لذا سيُحذف هناك: ربما رآه آخرون.
take-back-later-first = يعتمد عليه تغيير لاحق.
take-back-too-late = ربما وصل إلى الخادم، لذا لا يمكن سحبه.
sync-keep = إبقاء
sync-copy-text = نسخ النص
sync-copied = تم النسخ.
sync-not-copied = تعذّر استخدام الحافظة. حدّد النص وانسخه يدويًا.
sync-show-in-room = عرض في الغرفة
sync-retry = إعادة المحاولة
sync-edit-and-send = تعديل وإرسال
sync-send-again = إرسال
sync-discard = تجاهل
sync-give-up = التخلي عنه
sync-give-up-question = أتريد التخلي عنه نهائيًا؟

notice-dismiss = فهمت
