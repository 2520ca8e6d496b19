INSERT INTO discounts (code, used, most) VALUES ('OLD10', 1, 100);
UPDATE orders SET discount = 'OLD10' WHERE id = 2;
