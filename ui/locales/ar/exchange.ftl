# The texts of this area in Arabic: the same messages as in locales/en.

exchange-title = الاستيراد والتصدير
exchange-list = عمليات الاستيراد والتصدير

import-title = استيراد
import-what = تصدير من Slack (ملف .zip أو مجلد)، أو تصدير شامل من Mattermost (ملف .jsonl أو .zip)، أو ملف صدّره Amend. ترى ما فيه قبل إرسال أي شيء. لا يستطيع الاستيراد إلا مدير للخادم، لأنه يكتب بأسماء أشخاص آخرين.
import-pick-file = اختيار ملف…
import-pick-folder = اختيار مجلد…
import-or = أو اكتب مكانه:
import-read = قراءة
import-looking = جارٍ الاطلاع على محتواه…
import-ask-again = إعادة المحاولة
import-holds = المحتوى: { $messages ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $messages } رسائل
    [many] { $messages } رسالة
   *[other] { $messages } رسالة
}، { $reactions ->
    [zero] لا تفاعلات
    [one] تفاعل واحد
    [two] تفاعلان
    [few] { $reactions } تفاعلات
    [many] { $reactions } تفاعلًا
   *[other] { $reactions } تفاعل
}.
import-rooms = الغرف
import-private = تُستثنى الغرف الخاصة ما لم تخترها: فالغرفة هنا مفتوحة لكل من على الخادم، إلا إذا كانت مباشرة.
import-room-direct = مباشرة
import-room-private = خاصة
import-messages = { $count ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $count } رسائل
    [many] { $count } رسالة
   *[other] { $count } رسالة
}
import-people = الأشخاص
import-people-what = من هم هنا. من لا حساب له بعد يُنشأ له حساب لا يستطيع أحد تسجيل الدخول إليه حتى تدعو صاحبه إليه.
import-person-new = حساب جديد يطالب به صاحبه
import-person-skip = استثناء
import-people-more = { $count ->
    [zero] لا أشخاص آخرين.
    [one] شخص آخر كتب أقل، يُعتمد له ما هو مقترح.
    [two] شخصان آخران كتبا أقل، يُعتمد لهما ما هو مقترح.
    [few] { $count } أشخاص آخرين كتبوا أقل، يُعتمد لهم ما هو مقترح.
    [many] { $count } شخصًا آخر كتبوا أقل، يُعتمد لهم ما هو مقترح.
   *[other] { $count } شخص آخر كتبوا أقل، يُعتمد لهم ما هو مقترح.
}
import-start = استيراد
import-taken = الجديد: { $messages ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $messages } رسائل
    [many] { $messages } رسالة
   *[other] { $messages } رسالة
}، { $rooms ->
    [zero] لا غرف
    [one] غرفة واحدة
    [two] غرفتان
    [few] { $rooms } غرف
    [many] { $rooms } غرفة
   *[other] { $rooms } غرفة
}، { $people ->
    [zero] لا حسابات
    [one] حساب واحد
    [two] حسابان
    [few] { $people } حسابات
    [many] { $people } حسابًا
   *[other] { $people } حساب
}.
import-changed = { $count ->
    [zero] لم تتغيّر أي رسالة منذ استيراد سابق.
    [one] تغيّرت رسالة واحدة منذ استيراد سابق.
    [two] تغيّرت رسالتان منذ استيراد سابق.
    [few] تغيّرت { $count } رسائل منذ استيراد سابق.
    [many] تغيّرت { $count } رسالة منذ استيراد سابق.
   *[other] تغيّرت { $count } رسالة منذ استيراد سابق.
}
import-same = { $count ->
    [zero] لم يكن شيء منها موجودًا من قبل.
    [one] عنصر واحد كان موجودًا من قبل.
    [two] عنصران كانا موجودين من قبل.
    [few] { $count } عناصر كانت موجودة من قبل.
    [many] { $count } عنصرًا كانت موجودة من قبل.
   *[other] { $count } عنصر كانت موجودة من قبل.
}

export-title = تصدير
export-what = يكتب ما على هذا الجهاز. يمكن استيراد JSON Lines مجددًا؛ وMarkdown للقراءة؛ وSQLite للاستعلام.
export-format = الصيغة
export-rooms = المحتوى
export-all-rooms = كل الغرف
export-since = من (اختياري)
export-until = إلى ما قبل (اختياري)
export-path = الملف المراد كتابته؛ ولـ Markdown مجلد
export-pick = اختيار…
export-start = تصدير
export-written = كُتب: { $messages ->
    [zero] لا رسائل
    [one] رسالة واحدة
    [two] رسالتان
    [few] { $messages } رسائل
    [many] { $messages } رسالة
   *[other] { $messages } رسالة
} من { $rooms ->
    [zero] { $rooms } غرف
    [one] غرفة واحدة
    [two] غرفتين
    [few] { $rooms } غرف
    [many] { $rooms } غرفة
   *[other] { $rooms } غرفة
}.

exchange-reading = جارٍ قراءة الملف
exchange-ready = قُرئ الملف؛ اختر ما تستورده
exchange-running = { $done } من { $total } من الرسائل
exchange-waiting = بانتظار الخادم
exchange-paused = متوقف مؤقتًا عند { $done } من { $total }
exchange-done = تم
exchange-failed = لم يكتمل
exchange-cancel = إلغاء
exchange-pause = إيقاف مؤقت
exchange-resume = متابعة
exchange-remove = إزالة من القائمة
exchange-skipped = { $count ->
    [zero] لم يُستثنَ شيء
    [one] استُثني عنصر واحد
    [two] استُثني عنصران
    [few] استُثنيت { $count } عناصر
    [many] استُثني { $count } عنصرًا
   *[other] استُثني { $count } عنصر
}
exchange-report = التقرير في { $path }.

format-slack = Slack
format-mattermost = Mattermost
format-jsonl = JSON Lines
format-markdown = Markdown
format-sqlite = SQLite

exchange-hint = أحضر ما كُتب في مكان آخر (Slack، Mattermost، JSON Lines)، أو خذ معك ما على هذا الجهاز (JSON Lines، Markdown، SQLite).
exchange-open = فتح الاستيراد والتصدير
