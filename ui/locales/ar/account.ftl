# The texts of this area in Arabic: the same messages as in locales/en.

welcome-title = Amend
welcome-line = محادثات للفِرق يمكن تعديل رسائلها، حتى دون اتصال. تبقى رسائلك على هذا الجهاز متزامنةً مع خادم فريقك.
accounts = الحسابات
add-account = إضافة حساب
rename-account = تسمية هذا الحساب
account-label = اسمه على هذا الجهاز
other-accounts = حساباتك الأخرى على هذا الجهاز
account-locked = { $account } (مقفل)
account-failed = { $account } (تعذّر فتحه)
account-unread = { $account } (غير مقروء: { $count })
account-waiting = { $account } (بانتظار الإرسال: { $count })

sign-out = تسجيل الخروج
sign-out-keep = إبقاء ما على هذا الجهاز
sign-out-keep-what = تبقى الرسائل والمسودات والتغييرات غير المرسلة هنا إلى أن تسجّل الدخول من جديد.
sign-out-wipe = إزالة كل شيء من هذا الجهاز
sign-out-wipe-what = تُحذف من هنا رسائل هذا الحساب ومسوداته وملفاته ومفاتيحه. أما ما لدى الخادم فيبقى عنده.
sign-out-unsent = على هذا الجهاز وحده: { $waiting ->
    [zero] لا تغييرات غير مرسلة
    [one] تغيير واحد غير مرسل
    [two] تغييران غير مرسلين
    [few] { $waiting } تغييرات غير مرسلة
    [many] { $waiting } تغييرًا غير مرسل
   *[other] { $waiting } تغيير غير مرسل
}، { $recovered ->
    [zero] لا نصوص مرفوضة
    [one] نص واحد مرفوض
    [two] نصان مرفوضان
    [few] { $recovered } نصوص مرفوضة
    [many] { $recovered } نصًا مرفوضًا
   *[other] { $recovered } نص مرفوض
}، { $drafts ->
    [zero] لا مسودات
    [one] مسودة واحدة
    [two] مسودتان
    [few] { $drafts } مسودات
    [many] { $drafts } مسودة
   *[other] { $drafts } مسودة
}. للاحتفاظ بها، ابقَ حتى تُرسل.
sign-out-agree = حذفها أيضًا

unlock-title = هذا الحساب مقفل
recovery-code = رمز الاسترداد
unlock = فتح القفل
ask-keyring-again = سؤال سلسلة المفاتيح مجددًا
start-fresh = البدء من جديد
start-fresh-what = تُنحّى الرسائل المشفّرة على هذا الجهاز جانبًا دون المساس بها، ويبدأ هذا الحساب فارغًا. إذا عُثر على رمز الاسترداد، يمكن من الإعدادات استعادة ما لم ترسله.
start-fresh-confirm = التنحية والبدء من جديد

encryption = التشفير على هذا الجهاز
encryption-is-on = الرسائل والمسودات والتغييرات غير المرسلة على هذا الجهاز مشفّرة. الملفات المرفقة غير مشفّرة.
encryption-is-off = الرسائل على هذا الجهاز محفوظة كما هي. من يستطيع قراءة ملفاتك يستطيع قراءتها.
encryption-busy = لحظة واحدة…
encrypt = تشفير
encrypt-without-keyring = تشفير دون سلسلة مفاتيح (يُطلب الرمز عند كل بدء)
decrypt = إيقاف التشفير
renew-code = رمز استرداد جديد
code-not-saved = لم تؤكد بعد أنك دوّنت رمز الاسترداد. أنشئ رمزًا جديدًا لتراه.
code-saved = دوّنته وأحفظه بعيدًا عن هذا الجهاز
recovery-code-what = إذا فُقدت سلسلة مفاتيح نظامك، فهذا الرمز هو السبيل الوحيد إلى رسائلك على هذا الجهاز. يُعرض مرة واحدة.
done = تم
token-in-keyring = جلستك محفوظة في سلسلة مفاتيح النظام.
token-in-file = جلستك محفوظة في ملف لا يقرؤه سوى مستخدمك، إذ لا توجد سلسلة مفاتيح.
set-aside = نُحّي جانبًا: { $folder }
set-aside-what = رسائل مشفّرة فُقد مفتاحها. برمز الاسترداد يمكن استعادة ما لم ترسله.
set-aside-imported = استُعيد ما لم ترسله منها.
set-aside-import = استعادة
set-aside-taken = استُعيد: غير مرسل { $waiting }، مرفوض { $recovered }، مسودات { $drafts }.

welcome-ways = كيف تبدأ
sign-in = تسجيل الدخول
signing-in = جارٍ تسجيل الدخول…
sign-in-again = تسجيل الدخول مجددًا
have-invite = لديّ دعوة
host-own = استضافة خادمي الخاص
host-what = الخادم برنامج واحد على جهاز واحد من أجهزتك. على Debian وUbuntu هو حزمة واحدة، ومعها قاعدة بياناتها.
host-docs = الطريق كله، من التثبيت إلى النسخ الاحتياطي، في
relay = الخادم
password = كلمة المرور
invite-link = رابط الدعوة
invite-code = الرمز
have-code = لديّ عنوان ورمز
have-link = لديّ رابط
invited-to = أنت مدعو إلى { $relay }.
invite-link-wrong = ليس هذا رابط دعوة. يبدأ الرابط بـ amend://join – انسخه كاملًا.
your-name = اسمك هناك
make-account = إنشاء حسابي
making-account = جارٍ إنشاؤه…
password-hint = 8 أحرف على الأقل. يحسن أن تكون بضع كلمات لا يجمعها معًا سواك.
password-short = قصيرة جدًا: { $min ->
    [one] حرف واحد
    [two] حرفان
    [few] { $min } أحرف
    [many] { $min } حرفًا
   *[other] { $min } حرف
} على الأقل.
password-weak = ضعيفة: يسهل تخمينها. اجعلها أطول.
password-fair = مقبولة.
password-strong = قوية.

profile = حسابك
name-by-host = يستطيع من يستضيف الخادم تغيير اسمك.
devices = الأجهزة
session-used = آخر استخدام { $at } · الدخول مسجّل حتى { $until }
this-device = هذا الجهاز
password-old = كلمة المرور الحالية
password-new = كلمة المرور الجديدة
password-save = تعيين كلمة المرور الجديدة
password-done = تغيّرت كلمة مرورك. على أجهزتك الأخرى تسجيل الدخول مجددًا.
invites = الدعوات
invites-what = يتيح الرابط { $count ->
    [zero] لـ{ $count } أشخاص
    [one] لشخص واحد
    [two] لشخصين
    [few] لـ{ $count } أشخاص
    [many] لـ{ $count } شخصًا
   *[other] لـ{ $count } شخص
} إنشاء حساب خلال { $days ->
    [zero] { $days } أيام
    [one] يوم واحد
    [two] يومين
    [few] { $days } أيام
    [many] { $days } يومًا
   *[other] { $days } يوم
}.
invite-make = إنشاء رابط دعوة
invite-once = يُعرض هذه المرة فقط، ولا يستطيع أحد قراءته مجددًا.
invite-left = { $count ->
    [zero] لا يتسع لأحد
    [one] لشخص واحد
    [two] لشخصين
    [few] لـ{ $count } أشخاص
    [many] لـ{ $count } شخصًا
   *[other] لـ{ $count } شخص
}
invite-until = من { $by } · حتى { $until }
invite-revoke = سحب الدعوة
the-host = المستضيف
