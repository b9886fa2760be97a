// Files as their publishers lay them out, with figures of our own.

/** The region's councils. */
export const COUNCILS = ['E06000047', 'E06000057', 'E08000021', 'E08000022', 'E08000023', 'E08000024', 'E08000037'];

/** The headings of a table of local statistics. */
export const HEADINGS =
  'AREACD,AREANM,Geography,Period,Observation,Lower Confidence Interval (95%),Upper Confidence Interval (95%),Observation Status';

/** Internet users by place, and by age for the whole country: 70% of the oldest, 99% of the youngest. */
export function internetUsers() {
  const headings =
    'Year,Age,Sex,Disability status,Ethnicity,Ethnic group,Employment status,Region,Local Authority,Unit measure,Observation status,Unit multiplier,GeoCode,Value';
  const row = (year, age, region, place, code, value) =>
    `${year},${age},,,,,,${region},${place},Percentage (%),Undefined,Units,${code},${value}`;
  const ages = { '16 to 24': 99, '75 and over': 70 };
  const rows = Array.from({ length: 8 }, (_, n) => 2013 + n).flatMap((year) => [
    row(year, '', '', '', '', 90),
    ...Object.entries(ages).map(([age, value]) => row(year, age, '', '', '', value)),
    ...Array.from({ length: 200 }, (_, n) => row(year, '', 'Elsewhere', `Place ${n}`, `E07000${100 + n}`, 80)),
    ...COUNCILS.map((code) => row(year, '', 'North East', code, code, 85)),
  ]);
  return `${[headings, ...rows].join('\r\n')}\r\n`;
}

/** Coverage in a period: so much for the region, and a tenth more for each place after it. */
export function published(period, first, name = 'Somewhere') {
  const rows = ['E47000014', 'E92000001', ...COUNCILS].map(
    (code, place) => `${code},${name},Place,${period},${first + place / 10},,,`,
  );
  // The contract wants a whole country: places of no region fill it up.
  const others = Array.from({ length: 320 }, (_, place) => `E07000${100 + place},Elsewhere,Place,${period},50,,,`);
  return `${[HEADINGS, ...rows, ...others].join('\r\n')}\r\n`;
}
