# The texts of this area in Arabic: the same messages as in locales/en.

attach = إرفاق ملفات
attached = الملفات المرفقة
detach = إزالة { $name } من المرفقات
file-again = محاولة جلب { $name } مجددًا
file-coming = جُلب { $percent }%
file-elsewhere = ليس على هذا الجهاز. يُجلب عندما تكون متصلًا.
file-fetch = جلب { $name }
file-open = فتح { $name }
file-progress = التقدم
file-save = حفظ { $name } في التنزيلات
file-saved = حُفظ باسم { $path }
file-sending = أُرسل { $percent }%
file-stop = إيقاف جلب { $name }
file-unreadable = تعذّرت قراءة { $name }. تأكد من أنه ما زال موجودًا وأنه ليس مجلدًا.
file-waiting = بانتظار الخادم
file-wanted = يُجلب عندما تكون متصلًا
image-broken = لا يمكن عرض هذه الصورة. احفظها بدلًا من ذلك.
image-open = عرض { $name } مكبّرة
viewer-before = السابقة
viewer-keys = صورة. الأسهم: الصور الأخرى؛ زائد وناقص: تكبير وتصغير؛ Escape: إغلاق
viewer-larger = تكبير
viewer-next = التالية
viewer-place = { $at } من { $count }
viewer-smaller = تصغير
