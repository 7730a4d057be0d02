# The texts of this area in Arabic: the same messages as in locales/en.

search = بحث
search-shortcut = Ctrl+Shift+F
search-field = البحث في الرسائل
search-here = البحث في { $room }
search-placeholder = كلمات، "عبارات"، from:name، in:room، has:link …
search-names = الأسماء
search-filters = عوامل التصفية
search-results = النتائج
search-order = ما يأتي أولًا
search-newest = الأحدث
search-best = الأنسب
search-more = عرض المزيد
search-edited = معدّلة
search-pending = بالانتظار
search-begin = ابحث فيما على هذا الجهاز
search-help = اكتب كلمات، أو "عبارة بين علامتي اقتباس"، أو -كلمة لاستثنائها. وتضيّق عوامل التصفية البحث: from:{ "\u200E" }، in:{ "\u200E" }، before:2026-11-01، after:{ "\u200E" }، on:{ "\u200E" }، has:link. يعمل دون اتصال.
search-nothing = لا نتائج
search-nothing-help = راجع الإملاء، أو استخدم كلمات أقل، أو أزل أحد عوامل التصفية.
search-count = { $count ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}
search-count-more = أكثر من { $count ->
    [zero] { $count } رسالة
    [one] رسالة واحدة
    [two] رسالتين
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}
search-unknown = لا شخص ولا غرفة هنا باسم «{ $name }».
search-indexing = جارٍ إعداد فهرس الرسائل الأقدم: { $percent }%. أحدثها تظهر في النتائج من الآن.
search-fetching = البحث جارٍ فيما هو هنا: ما زال سجل { $rooms } قيد الجلب.
search-remove-filter = إزالة: { $filter }
search-from = من { $name }
search-not-from = ليست من { $name }
search-in = في { $name }
search-not-in = ليست في { $name }
search-has = فيها { $what }
search-has-not = ليس فيها { $what }
search-before = قبل { $day }
search-after = منذ { $day }
search-on = بتاريخ { $day }
search-unclear = { $filter }: غير واضح بعد
