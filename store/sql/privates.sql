-- name: is_private
-- Whether a vehicle is, for an edit.
SELECT private FROM vehicle WHERE plate = %(plate)s FOR UPDATE;

-- name: set_private
-- What it is from now on; its past is looked through anew by the next removal.
WITH again AS (
    DELETE FROM job WHERE name = 'private'
)
UPDATE vehicle SET private = %(private)s WHERE plate = %(plate)s;

-- name: list_private
-- Plates of private vehicles.
SELECT plate FROM vehicle WHERE private ORDER BY plate;
