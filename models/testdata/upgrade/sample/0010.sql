UPDATE products SET edited = 1 WHERE id = 1;
