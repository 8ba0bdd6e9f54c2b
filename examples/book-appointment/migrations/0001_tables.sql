-- The statements of this folder are the same for SQLite and PostgreSQL: texts
-- and whole numbers only. Dates are ISO 8601 and times `09:30`, so that both
-- sort as texts; hashes are hexadecimal.

-- What can be booked.
CREATE TABLE department (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE location (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    position INTEGER NOT NULL
);
CREATE TABLE department_location (
    department TEXT NOT NULL REFERENCES department (id),
    location   TEXT NOT NULL REFERENCES location (id),
    PRIMARY KEY (department, location)
);

-- What a customer has chosen and entered so far. `customer` is the hash of the
-- flow token: whoever read the token itself here could act as the customer.
CREATE TABLE enquiry (
    customer     TEXT PRIMARY KEY,
    department   TEXT NOT NULL REFERENCES department (id),
    location     TEXT NOT NULL REFERENCES location (id),
    date         TEXT NOT NULL,
    time         TEXT NOT NULL,
    name         TEXT,
    email        TEXT,
    phone        TEXT,
    more_details TEXT
);

-- A slot is given once, and a customer books once: the two unique keys say so,
-- and no order of requests can get around them. `request` names the request
-- that made the booking, so that the same one again gets the same answer.
CREATE TABLE booking (
    number       INTEGER PRIMARY KEY,
    customer     TEXT NOT NULL UNIQUE,
    request      TEXT NOT NULL,
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

-- Numbers of bookings follow one another without gaps, which sequences do not
-- promise: one row, counted up in the transaction that books.
CREATE TABLE booking_counter (
    last INTEGER NOT NULL
);
INSERT INTO booking_counter (last) VALUES (0);
