-- live-postcodes
SELECT rgn, count(*) AS live FROM nspl WHERE doterm IS NULL GROUP BY rgn ORDER BY rgn;
-- gigabit-share
SELECT n.laua, count(*) AS live, sum(CASE WHEN o.gigabit >= 100 THEN 1 ELSE 0 END) AS covered
FROM nspl AS n JOIN ofcom AS o ON o.postcode = n.pcds
WHERE n.doterm IS NULL GROUP BY n.laua ORDER BY n.laua;
-- without-decent-broadband
SELECT n.laua, count(*) AS without FROM nspl AS n JOIN ofcom AS o ON o.postcode = n.pcds
WHERE n.doterm IS NULL AND o.indecent > 0 GROUP BY n.laua ORDER BY n.laua;
-- active-companies
SELECT n.laua, count(*) AS active FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode
WHERE c.status = 'Active' GROUP BY n.laua ORDER BY n.laua;
-- digital-companies
SELECT n.laua, count(*) AS digital FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode
WHERE c.status = 'Active' AND substr(c.sic, 1, 2) IN ('62', '63') GROUP BY n.laua ORDER BY n.laua;
-- digital-share
SELECT n.rgn, count(*) AS active, sum(CASE WHEN substr(c.sic, 1, 2) IN ('62', '63') THEN 1 ELSE 0 END) AS digital
FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode
WHERE c.status = 'Active' GROUP BY n.rgn ORDER BY n.rgn;
-- incorporated-by-year
SELECT n.rgn, substr(c.incorporated, 7, 4) AS year, count(*) AS companies
FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode GROUP BY n.rgn, substr(c.incorporated, 7, 4) ORDER BY n.rgn, year;
-- in-liquidation
SELECT n.rgn, count(*) AS companies FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode
WHERE c.status = 'Liquidation' GROUP BY n.rgn ORDER BY n.rgn;
-- digital-without-gigabit
SELECT n.laua, count(*) AS companies
FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode JOIN ofcom AS o ON o.postcode = n.pcds
WHERE c.status = 'Active' AND substr(c.sic, 1, 2) IN ('62', '63') AND o.gigabit < 100 GROUP BY n.laua ORDER BY n.laua;
-- superfast-by-deprivation
SELECT n.imd / 3285 AS tenth, count(*) AS live, sum(CASE WHEN o.superfast >= 95 THEN 1 ELSE 0 END) AS covered
FROM nspl AS n JOIN ofcom AS o ON o.postcode = n.pcds
WHERE n.doterm IS NULL AND n.imd IS NOT NULL GROUP BY n.imd / 3285 ORDER BY tenth;
-- speeds
SELECT n.rgn, min(o.superfast) AS lowest, max(o.superfast) AS highest, count(*) AS postcodes
FROM nspl AS n JOIN ofcom AS o ON o.postcode = n.pcds GROUP BY n.rgn ORDER BY n.rgn;
-- industries
SELECT n.rgn, substr(c.sic, 1, 2) AS division, count(*) AS companies
FROM company AS c JOIN nspl AS n ON n.pcds = c.postcode
WHERE c.status = 'Active' GROUP BY n.rgn, substr(c.sic, 1, 2) ORDER BY n.rgn, division;
