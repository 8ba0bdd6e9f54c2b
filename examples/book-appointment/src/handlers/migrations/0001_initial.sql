-- What can be booked.
CREATE TABLE department (
    id       TEXT PRIMARY KEY,
    title    TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE location (
    id       TEXT PRIMARY KEY,
    title    TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE department_location (
    department TEXT NOT NULL REFERENCES department (id),
    location   TEXT NOT NULL REFERENCES location (id),
    PRIMARY KEY (department, location)
);

-- What the holder of a flow token has chosen and entered so far. The token
-- itself is not kept: whoever read it here could act as the customer.
CREATE TABLE draft (
    token_hash   BLOB PRIMARY KEY,
    department   TEXT,
    location     TEXT,
    date         TEXT,
    time         TEXT,
    name         TEXT,
    email        TEXT,
    phone        TEXT,
    more_details TEXT
);

-- A slot is given once, and a token books once: the two unique keys say so, and
-- no order of requests can get around them.
CREATE TABLE booking (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    token_hash   BLOB NOT NULL UNIQUE,
    department   TEXT NOT NULL REFERENCES department (id),
    location     TEXT NOT NULL REFERENCES location (id),
    date         TEXT NOT NULL,
    time         TEXT NOT NULL,
    name         TEXT NOT NULL,
    email        TEXT NOT NULL,
    phone        TEXT NOT NULL,
    more_details TEXT NOT NULL,
    UNIQUE (department, location, date, time)
);

INSERT INTO department (id, title, position) VALUES
    ('shopping', 'Shopping & Groceries', 1),
    ('clothing', 'Clothing & Apparel', 2),
    ('home', 'Home Goods & Decor', 3),
    ('electronics', 'Electronics & Appliances', 4),
    ('beauty', 'Beauty & Personal Care', 5);
INSERT INTO location (id, title, position) VALUES
    ('kings_cross', 'King''s Cross, London', 1),
    ('oxford_street', 'Oxford Street, London', 2),
    ('covent_garden', 'Covent Garden, London', 3),
    ('piccadilly', 'Piccadilly Circus, London', 4);
INSERT INTO department_location (department, location) VALUES
    ('shopping', 'kings_cross'), ('shopping', 'oxford_street'),
    ('clothing', 'oxford_street'), ('clothing', 'covent_garden'),
    ('home', 'kings_cross'), ('home', 'piccadilly'),
    ('electronics', 'kings_cross'), ('electronics', 'oxford_street'), ('electronics', 'piccadilly'),
    ('beauty', 'covent_garden');
