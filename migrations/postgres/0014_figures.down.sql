-- With it go the triggers.
DROP FUNCTION count_figures() CASCADE;
DROP TABLE figures;
