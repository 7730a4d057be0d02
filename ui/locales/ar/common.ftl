# The texts of this area in Arabic: the same messages as in locales/en.

close = إغلاق
cancel = إلغاء
save = حفظ
