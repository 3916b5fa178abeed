-- Of some systems only one errand of a kind may be open at a time: what it does could not be told from what another does.
ALTER TABLE errand ADD COLUMN lane TEXT;
CREATE UNIQUE INDEX errand_one_of_a_lane ON errand (system, lane) WHERE lane IS NOT NULL AND NOT settled;
