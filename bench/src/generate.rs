//! Files in the exact shapes of three large publications, with rows of our own making: the national
//! postcode directory, Ofcom's fixed coverage by postcode, and the register of companies.
//!
//! From one seed, so that every run and every peer reads the same bytes.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use crate::sample::Dice;

/// The columns of the directory, as of November 2021.
const DIRECTORY: &str = "pcd,pcd2,pcds,dointr,doterm,usertype,oseast1m,osnrth1m,osgrdind,oa11,cty,ced,laua,ward,hlthau,nhser,ctry,rgn,pcon,eer,teclec,ttwa,pct,itl,park,lsoa11,msoa11,wz11,ccg,bua11,buasd11,ru11ind,oac11,lat,long,lep1,lep2,pfa,imd,calncv,stp";
/// The columns of fixed coverage by postcode.
const COVERAGE: &str = "postcode,postcode_space,postcode area,SFBB availability (% premises),UFBB (100Mbit/s) availability (% premises),UFBB availability (% premises),Gigabit availability (% premises),% of premises with NGA,% of premises unable to receive decent broadband from fixed or FWA,% of premises able to receive decent broadband from FWA,% of premises unable to receive 2Mbit/s,% of premises unable to receive 5Mbit/s,% of premises unable to receive 10Mbit/s,% of premises unable to receive 30Mbit/s,% of premises with 0<2Mbit/s download speed,% of premises with 2<5Mbit/s download speed,% of premises with 5<10Mbit/s download speed,% of premises with 10<30Mbit/s download speed,% of premises with 30<300Mbit/s download speed,% of premises with >=300Mbit/s download speed";
/// The columns of the register before those of previous names.
const COMPANIES: &str = "CompanyName, CompanyNumber,RegAddress.CareOf,RegAddress.POBox,RegAddress.AddressLine1, RegAddress.AddressLine2,RegAddress.PostTown,RegAddress.County,RegAddress.Country,RegAddress.PostCode,CompanyCategory,CompanyStatus,CountryOfOrigin,DissolutionDate,IncorporationDate,Accounts.AccountRefDay,Accounts.AccountRefMonth,Accounts.NextDueDate,Accounts.LastMadeUpDate,Accounts.AccountCategory,Returns.NextDueDate,Returns.LastMadeUpDate,Mortgages.NumMortCharges,Mortgages.NumMortOutstanding,Mortgages.NumMortPartSatisfied,Mortgages.NumMortSatisfied,SICCode.SicText_1,SICCode.SicText_2,SICCode.SicText_3,SICCode.SicText_4,LimitedPartnerships.NumGenPartners,LimitedPartnerships.NumLimPartners,URI";

/// Rows of the three files at full size.
pub const ROWS: [usize; 3] = [2_700_000, 1_700_000, 5_500_000];
const SEED: u64 = 20_261_123;
const AUTHORITIES: usize = 361;
const REGIONS: usize = 12;

/// Writes the three files into a folder, a hundredth of them for `share` 100; gives their sizes.
pub fn write_files(folder: &Path, share: usize) -> anyhow::Result<[u64; 3]> {
    let [postcodes, covered, companies] = ROWS.map(|rows| rows / share);
    let file = |name: &str| folder.join(name);
    write(&file("nspl.csv"), |out| directory(out, postcodes))?;
    write(&file("ofcom.csv"), |out| coverage(out, covered, 0))?;
    write(&file("company.csv"), |out| {
        register(out, companies, postcodes)
    })?;
    let mut sizes = [0; 3];
    for (size, name) in sizes
        .iter_mut()
        .zip(["nspl.csv", "ofcom.csv", "company.csv"])
    {
        *size = file(name).metadata()?.len();
    }
    Ok(sizes)
}

/// Writes the coverage anew, with other figures.
pub fn change_coverage(folder: &Path, share: usize) -> anyhow::Result<()> {
    write(&folder.join("ofcom.csv"), |out| {
        coverage(out, ROWS[1] / share, 1)
    })
}

fn write(
    path: &Path,
    rows: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    rows(&mut out)?;
    out.flush()?;
    Ok(())
}

/// The postcode with a number, with a space: all differ.
fn postcode(number: usize, into: &mut String) {
    let letter = |number: usize| char::from(b'A' + u8::try_from(number % 26).unwrap_or_default());
    into.clear();
    let _ = write!(
        into,
        "{}{}{} {}{}{}",
        letter(number / 676_000),
        letter(number / 26_000),
        1 + number / 1_000 % 26,
        number % 10,
        letter(number / 10),
        letter(number / 260 + number / 1_000),
    );
}

/// A place's number, spread over the country.
fn spread(number: usize, among: usize) -> usize {
    number / 97 % among
}

fn directory(out: &mut impl Write, rows: usize) -> std::io::Result<()> {
    let mut dice = Dice::new(SEED);
    let mut code = String::new();
    writeln!(out, "{DIRECTORY}")?;
    for number in 0..rows {
        postcode(number, &mut code);
        let authority = spread(number, AUTHORITIES);
        let region = authority * REGIONS / AUTHORITIES;
        let ended = dice.below(100) < 34;
        let (east, north) = (dice.below(600_000), dice.below(900_000));
        let small = number / 15;
        write!(
            out,
            "\"{code}\",\"{code}\",\"{code}\",\"198001\",\"{}\",\"0\",\"{east}\",\"{north}\",\"1\",\"E00{small:06}\",\"E99999999\",\"E99999999\",\"E0{:07}\",\"E05{:06}\",\"E18000001\",\"E40000009\",\"E92000001\",\"E12{region:06}\",\"E14{:06}\",\"E15000009\",\"E24000001\",\"E30000245\",\"E16000029\",\"E0{authority:07}\",\"E99999999\",",
            if ended { "201312" } else { "" },
            6_000_000 + authority,
            number / 300,
            authority * 2,
        )?;
        writeln!(
            out,
            "\"E01{:06}\",\"E02{:06}\",\"E33{:06}\",\"E38000006\",\"E34004977\",\"E35999999\",\"C1\",\"3B1\",\"{}.{:06}\",\"-{}.{:06}\",\"E37000025\",\"\",\"E23000013\",\"{}\",\"E56000001\",\"E54000049\"",
            number / 75,
            number / 380,
            number / 200,
            50 + dice.below(9),
            dice.below(1_000_000),
            dice.below(6),
            dice.below(1_000_000),
            1 + dice.below(32_844),
        )?;
    }
    Ok(())
}

fn coverage(out: &mut impl Write, rows: usize, edition: u64) -> std::io::Result<()> {
    let mut dice = Dice::new(SEED + 1 + edition);
    let mut code = String::new();
    writeln!(out, "{COVERAGE}")?;
    for number in 0..rows {
        // Every third postcode has no premises.
        postcode(number + number / 2, &mut code);
        let close: String = code.split(' ').collect();
        write!(out, "{close},{code},{}", &code[..2])?;
        let mut share = |all: usize| match dice.below(100) {
            roll if roll < all => write!(out, ",100.0"),
            roll if roll < all + 10 => {
                write!(out, ",{}.{}", dice.below(100), dice.below(10))
            }
            _ => write!(out, ",0.0"),
        };
        for all in [90, 70, 65, 60, 88] {
            share(all)?;
        }
        for all in [1, 2, 1, 1, 2, 4, 1, 1, 1, 2, 40, 50] {
            share(all)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

const INDUSTRIES: [&str; 12] = [
    "62012 - Business and domestic software development",
    "62020 - Information technology consultancy activities",
    "63110 - Data processing, hosting and related activities",
    "41100 - Development of building projects",
    "47910 - Retail sale via mail order houses or via Internet",
    "56101 - Licensed restaurants",
    "68209 - Other letting and operating of own or leased real estate",
    "70229 - Management consultancy activities other than financial management",
    "82990 - Other business support service activities n.e.c.",
    "96090 - Other service activities n.e.c.",
    "99999 - Dormant Company",
    "None Supplied",
];

fn register(out: &mut impl Write, rows: usize, postcodes: usize) -> std::io::Result<()> {
    let mut dice = Dice::new(SEED + 3);
    let mut code = String::new();
    write!(out, "{COMPANIES}")?;
    for number in 1..=10 {
        write!(
            out,
            ",PreviousName_{number}.CONDATE, PreviousName_{number}.CompanyName"
        )?;
    }
    writeln!(out, ",ConfStmtNextDueDate, ConfStmtLastMadeUpDate")?;
    for number in 0..rows {
        postcode(dice.below(postcodes), &mut code);
        let status = match dice.below(100) {
            0..91 => "Active",
            91..95 => "Active - Proposal to Strike off",
            _ => "Liquidation",
        };
        let (day, month, year) = (
            1 + dice.below(28),
            1 + dice.below(12),
            1950 + dice.below(75),
        );
        let industry = INDUSTRIES[dice.below(INDUSTRIES.len())];
        writeln!(
            out,
            "\"COMPANY NUMBER {number} TRADING AND HOLDINGS LIMITED\",\"{number:08}\",\"\",\"\",\"{} HIGH STREET AND MARKET PLACE\",\"BUSINESS QUARTER\",\"SOMEWHERE UPON TYNE\",\"TYNE AND WEAR\",\"ENGLAND\",\"{code}\",\"Private Limited Company\",\"{status}\",\"United Kingdom\",\"\",\"{day:02}/{month:02}/{year}\",\"31\",\"12\",\"30/09/2026\",\"31/12/2024\",\"MICRO ENTITY\",\"28/03/2017\",\"29/02/2016\",\"0\",\"0\",\"0\",\"0\",\"{industry}\",\"\",\"\",\"\",\"0\",\"0\",\"http://business.data.gov.uk/id/company/{number:08}\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"{day:02}/{month:02}/2027\",\"{day:02}/{month:02}/2026\"",
            1 + dice.below(400),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postcodes_differ_and_files_are_the_same_each_time() {
        let mut seen = std::collections::BTreeSet::new();
        let mut code = String::new();
        for number in 0..60_000 {
            postcode(number, &mut code);
            assert!(seen.insert(code.clone()), "{number}: {code}");
        }
        let room = tempfile::tempdir().unwrap();
        let sizes = write_files(room.path(), 10_000).unwrap();
        let first = std::fs::read(room.path().join("ofcom.csv")).unwrap();
        assert_eq!(write_files(room.path(), 10_000).unwrap(), sizes);
        assert_eq!(std::fs::read(room.path().join("ofcom.csv")).unwrap(), first);
        change_coverage(room.path(), 10_000).unwrap();
        assert_ne!(std::fs::read(room.path().join("ofcom.csv")).unwrap(), first);
        for (name, columns) in [("nspl.csv", 41), ("ofcom.csv", 20), ("company.csv", 55)] {
            let text = std::fs::read_to_string(room.path().join(name)).unwrap();
            let cells = |line: &str| {
                let mut quoted = false;
                line.chars()
                    .filter(|c| {
                        quoted ^= *c == '"';
                        *c == ',' && !quoted
                    })
                    .count()
                    + 1
            };
            for line in text.lines().take(20) {
                assert_eq!(cells(line), columns, "{name}: {line}");
            }
        }
    }
}
