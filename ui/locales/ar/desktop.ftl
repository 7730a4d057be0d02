# The texts of this area in Arabic: the same messages as in locales/en.

notify-one = { $author } في #{ $room }
notify-many = { $count ->
    [zero] لا رسائل جديدة في #{ $room }
    [one] رسالة جديدة واحدة في #{ $room }
    [two] رسالتان جديدتان في #{ $room }
    [few] { $count } رسائل جديدة في #{ $room }
    [many] { $count } رسالة جديدة في #{ $room }
   *[other] { $count } رسالة جديدة في #{ $room }
}
notify-many-direct = { $count ->
    [zero] لا رسائل جديدة من { $author }
    [one] رسالة جديدة واحدة من { $author }
    [two] رسالتان جديدتان من { $author }
    [few] { $count } رسائل جديدة من { $author }
    [many] { $count } رسالة جديدة من { $author }
   *[other] { $count } رسالة جديدة من { $author }
}
notify-latest = { $author }: { $text }
notify-hidden = افتح Amend للقراءة
notify-open = فتح

tray-open = فتح Amend
tray-do-not-disturb = عدم الإزعاج
tray-quit = إنهاء
tray-unread = { $count ->
    [0] Amend
    [one] Amend – رسالة واحدة غير مقروءة
    [two] Amend – رسالتان غير مقروءتين
    [few] Amend – { $count } رسائل غير مقروءة
    [many] Amend – { $count } رسالة غير مقروءة
   *[other] Amend – { $count } رسالة غير مقروءة
}

pick-file = اختر ملف التصدير المراد قراءته
pick-folder = اختر مجلد التصدير
pick-save = حفظ باسم
pick-save-folder = اختر المجلد المراد الكتابة فيه
pick-kinds = ملفات التصدير
pick-all = كل الملفات
