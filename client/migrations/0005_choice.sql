-- What a person chose on this device, by name: which emoji they used lately, whether the buttons for marks are shown. Read when the page
-- starts; losing it costs nothing but a habit, so it has no checksum and is not rescued.
CREATE TABLE choice (
    rowid INTEGER PRIMARY KEY,
    name  TEXT NOT NULL UNIQUE,
    value TEXT NOT NULL
);
