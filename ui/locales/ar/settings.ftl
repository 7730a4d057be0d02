# The texts of this area in Arabic: the same messages as in locales/en.

settings = الإعدادات
settings-button = الإعدادات (Ctrl+,{ "\u200E" })
settings-appearance = المظهر
settings-language = اللغة
settings-notifications = الإشعارات
settings-start = بدء التشغيل وعلبة النظام
settings-updates = التحديثات
settings-shortcuts = اختصارات لوحة المفاتيح
settings-about = حول

as-the-system = كما في النظام

setting-theme = السمة
theme-light = فاتحة
theme-dark = داكنة
setting-contrast = التباين
contrast-normal = عادي
contrast-high = عالٍ
setting-font-size = حجم النص وكل شيء
setting-font-size-hint = مفتاح Ctrl مع زائد أو ناقص أو 0 يفعل الشيء نفسه.
font-smaller = أصغر
font-larger = أكبر
font-normal = الحجم العادي
percent = { $value }%
setting-reduced-motion = دون حركة
setting-reduced-motion-hint = لا رسوم متحركة، أيًا كان إعداد النظام.

setting-notifications = أشعرني بـ
notify-all = كل رسالة
notify-mentions = الإشارات والرسائل المباشرة
notify-none = لا شيء
setting-do-not-disturb = عدم الإزعاج
setting-do-not-disturb-hint = لا إشعارات حتى توقف هذا الخيار. ويستمر عدّ الرسائل غير المقروءة.
setting-notification-text = عرض ما كُتب
setting-notification-text-hint = من دونه لا يذكر الإشعار سوى أن هناك جديدًا، وفي أي غرفة.

setting-start-minimised = البدء دون نافذة
setting-start-minimised-hint = يبدأ Amend في علبة النظام. وحيث لا توجد علبة نظام، تبدأ نافذته مصغّرة.
setting-close-to-tray = إغلاق النافذة يُبقي Amend في علبة النظام
setting-close-to-tray-hint = تستمر الإشعارات في الوصول إليك. وحيث لا توجد علبة نظام، يؤدي إغلاق النافذة إلى إنهاء Amend.

setting-update-check = البحث عن إصدار أحدث مرة في اليوم
setting-update-check-hint = يسأل حيث تحدّد هذه النسخة، ولا يرسل سوى رقم الإصدار الذي لديك. ولا يُثبَّت شيء من تلقاء نفسه.

settings-unreadable = تعذّرت قراءة الملف { $path }، لذا فهذه هي القيم الافتراضية. اختيارك التالي ينحّيه جانبًا ويبدأ ملفًا جديدًا.
settings-bad-keys = في الملف { $path } قيم لا يمكن استخدامها ({ $keys }). وتسري بدلًا منها القيم الافتراضية.

shortcut-switcher = الانتقال إلى غرفة أو شخص
shortcut-search-here = البحث في هذه الغرفة
shortcut-search = البحث في كل شيء
shortcut-settings = الإعدادات
shortcut-larger = أكبر
shortcut-smaller = أصغر
shortcut-normal-size = الحجم العادي
shortcut-send = إرسال
shortcut-new-line = سطر جديد
shortcut-edit-last = تعديل آخر رسالة لك
shortcut-cancel = إلغاء، إغلاق

about-licence = الترخيص

no-tray = لا توجد علبة نظام على سطح المكتب هذا الآن، لذا يؤدي إغلاق النافذة إلى إنهاء Amend.

update-newer = صدر Amend { $version }. تحصل عليه من هنا:
update-none = لم يكن هناك أحدث عندما سأل Amend آخر مرة، { $at }.
update-trouble = تعذّرت معرفة ما إذا كان هناك إصدار أحدث: { $reason }
update-ask = السؤال الآن
update-no-feed = لا تحدّد هذه النسخة أين تسأل. يجلب لك مدير الحزم الإصدارات الجديدة.
update-later = لاحقًا

crashed = توقف Amend على نحو غير متوقع في المرة الأخيرة. رسائلك كما كانت. دُوّن ما حدث، دون أي من رسائلك، في { $path }؛ وقد يحتاج إليه من يعتني بـ Amend لديك.
crash-read = فهمت
