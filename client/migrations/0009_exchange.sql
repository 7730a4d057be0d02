-- Imports and exports: what is under way and how far it is, so that it goes on where it was. data is JSON.
CREATE TABLE exchange (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    kind  TEXT NOT NULL,
    state TEXT NOT NULL,
    data  TEXT NOT NULL
);
