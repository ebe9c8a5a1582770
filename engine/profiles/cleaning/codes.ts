/** Countries and languages as codes: ISO 3166 of two letters, BCP 47 tags. Read from codes of other kinds and from names in some languages. */

/** In which languages people write the names of countries and languages. */
const namesIn = ['en', 'fr', 'es', 'de', 'it', 'pt', 'nl'] as const;

/** ISO 3166 of three letters, each behind its two. */
const threeLetters =
  'ADAND AEARE AFAFG AGATG AIAIA ALALB AMARM AOAGO AQATA ARARG ASASM ATAUT AUAUS AWABW AXALA AZAZE BABIH BBBRB BDBGD BEBEL BFBFA BGBGR BHBHR BIBDI BJBEN BLBLM BMBMU BNBRN BOBOL BQBES BRBRA BSBHS BTBTN BVBVT BWBWA BYBLR BZBLZ CACAN CCCCK CDCOD CFCAF CGCOG CHCHE CICIV CKCOK CLCHL CMCMR CNCHN COCOL CRCRI CUCUB CVCPV CWCUW CXCXR CYCYP CZCZE DEDEU DJDJI DKDNK DMDMA DODOM DZDZA ECECU EEEST EGEGY EHESH ERERI ESESP ETETH FIFIN FJFJI FKFLK FMFSM FOFRO FRFRA GAGAB GBGBR GDGRD GEGEO GFGUF GGGGY GHGHA GIGIB GLGRL GMGMB GNGIN GPGLP GQGNQ GRGRC GSSGS GTGTM GUGUM GWGNB GYGUY HKHKG HMHMD HNHND HRHRV HTHTI HUHUN IDIDN IEIRL ILISR IMIMN ININD IOIOT IQIRQ IRIRN ISISL ITITA JEJEY JMJAM JOJOR JPJPN KEKEN KGKGZ KHKHM KIKIR KMCOM KNKNA KPPRK KRKOR KWKWT KYCYM KZKAZ LALAO LBLBN LCLCA LILIE LKLKA LRLBR LSLSO LTLTU LULUX LVLVA LYLBY MAMAR MCMCO MDMDA MEMNE MFMAF MGMDG MHMHL MKMKD MLMLI MMMMR MNMNG MOMAC MPMNP MQMTQ MRMRT MSMSR MTMLT MUMUS MVMDV MWMWI MXMEX MYMYS MZMOZ NANAM NCNCL NENER NFNFK NGNGA NINIC NLNLD NONOR NPNPL NRNRU NUNIU NZNZL OMOMN PAPAN PEPER PFPYF PGPNG PHPHL PKPAK PLPOL PMSPM PNPCN PRPRI PSPSE PTPRT PWPLW PYPRY QAQAT REREU ROROU RSSRB RURUS RWRWA SASAU SBSLB SCSYC SDSDN SESWE SGSGP SHSHN SISVN SJSJM SKSVK SLSLE SMSMR SNSEN SOSOM SRSUR SSSSD STSTP SVSLV SXSXM SYSYR SZSWZ TCTCA TDTCD TFATF TGTGO THTHA TJTJK TKTKL TLTLS TMTKM TNTUN TOTON TRTUR TTTTO TVTUV TWTWN TZTZA UAUKR UGUGA UMUMI USUSA UYURY UZUZB VAVAT VCVCT VEVEN VGVGB VIVIR VNVNM VUVUT WFWLF WSWSM YEYEM YTMYT ZAZAF ZMZMB ZWZWE';

/** What people write beside the names that Unicode knows. */
const otherNames: Readonly<Record<string, string>> = {
  uk: 'GB',
  el: 'GR',
  greatbritain: 'GB',
  england: 'GB',
  scotland: 'GB',
  wales: 'GB',
  northernireland: 'GB',
  unitedstatesofamerica: 'US',
  america: 'US',
  holland: 'NL',
  ivorycoast: 'CI',
  czechrepublic: 'CZ',
  korea: 'KR',
  republicofkorea: 'KR',
  russianfederation: 'RU',
  viet: 'VN',
  uae: 'AE',
};

/** Letters alone, without accents: what names are compared by. */
function plain(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

let countries: { readonly codes: ReadonlySet<string>; readonly byName: ReadonlyMap<string, string> } | undefined;

function knownCountries() {
  if (countries !== undefined) return countries;
  const pairs = threeLetters.split(' ').map((five) => [five.slice(0, 2), five.slice(2)] as const);
  const byName = new Map<string, string>();
  for (const locale of namesIn) {
    const names = new Intl.DisplayNames([locale], { type: 'region' });
    for (const [code] of pairs) byName.set(plain(names.of(code) ?? code), code);
  }
  for (const [code, three] of pairs) byName.set(three.toLowerCase(), code);
  for (const [name, code] of Object.entries(otherNames)) byName.set(name, code);
  countries = { codes: new Set(pairs.map(([code]) => code)), byName };
  return countries;
}

/** `FR` for `fr`, `FRA`, `France`, `Frankreich`. Null: no country that is known. */
export function cleanCountry(written: string): string | null {
  const { codes, byName } = knownCountries();
  const code = written.trim().toUpperCase();
  return codes.has(code) ? code : (byName.get(plain(written)) ?? null);
}

let languages: ReadonlyMap<string, string> | undefined;

const languageCodes =
  'af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms my nb ne nl nn no pa pl pt ro ru si sk sl so sq sr sv sw ta te th tr uk ur uz vi yo zh zu';

function knownLanguages(): ReadonlyMap<string, string> {
  if (languages !== undefined) return languages;
  const byName = new Map<string, string>();
  for (const code of languageCodes.split(' ')) {
    for (const locale of [...namesIn, code]) {
      const name = new Intl.DisplayNames([locale], { type: 'language' }).of(code);
      if (name !== undefined && !byName.has(plain(name))) byName.set(plain(name), code);
    }
  }
  languages = byName;
  return byName;
}

/** `fr-FR` for `fr_fr.UTF-8`, `fr` for `FRA`, `French`, `français`. Null: no language that is known. */
export function cleanLanguage(written: string): string | null {
  const tag = written
    .trim()
    .replace(/[.@].*$/u, '')
    .replaceAll('_', '-');
  if (/^[a-z]{2,3}(?:-|$)/i.test(tag)) {
    const canonical = canonicalTag(tag);
    if (canonical !== null) return canonical;
  }
  return knownLanguages().get(plain(written)) ?? null;
}

function canonicalTag(tag: string): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(tag)[0] ?? null;
    const name =
      canonical === null
        ? undefined
        : new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' }).of(canonical);
    return name === undefined ? null : canonical;
  } catch {
    return null; // Such a tag can't be written.
  }
}
