-- The offer of a made-up business.
INSERT INTO department (id, name, position) VALUES
    ('shopping', 'Shopping & Groceries', 1),
    ('clothing', 'Clothing & Apparel', 2),
    ('home', 'Home Goods & Decor', 3),
    ('electronics', 'Electronics & Appliances', 4),
    ('beauty', 'Beauty & Personal Care', 5);
INSERT INTO location (id, name, position) VALUES
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
