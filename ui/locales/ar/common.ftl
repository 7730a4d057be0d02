# The texts of this area in Arabic: the same messages as in locales/en.

close = إغلاق
cancel = إلغاء
save = حفظ

startup-failed = تعذّر بدء Amend
shell-unreachable = لم تستطع الصفحة الوصول إلى برنامج Amend الذي يحيط بها ({ $detail }). أغلق هذه النافذة ثم ابدأ Amend من جديد.
no-reason-given = لم يُذكر سبب
