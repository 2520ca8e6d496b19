package views

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"lianlian-checkout/models"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// option is one choice of a select element.
type option struct{ value, label string }

// nearby are the places that a Hong Kong shop sells to most; they stand first in lists.
var nearby = []string{"HK", "MO", "CN", "TW"}

// countryLists remembers each language's list: sorting 249 names by a language's rules takes longer than a page.
var countryLists struct {
	sync.RWMutex
	of map[string]countryList
}

type countryList struct {
	source  []models.Country
	options []option
}

// countries lists the countries in the page's language, the nearby ones first. English names are
// the guide's own (5.3.1), Chinese ones those of the Unicode CLDR.
func (p Page) countries(source []models.Country) []option {
	countryLists.RLock()
	list, ok := countryLists.of[p.Lang]
	countryLists.RUnlock()
	if ok && slices.Equal(list.source, source) {
		return list.options
	}
	list = countryList{slices.Clone(source), namedCountries(p.Lang, source)}
	countryLists.Lock()
	defer countryLists.Unlock()
	if countryLists.of == nil {
		countryLists.of = map[string]countryList{}
	}
	countryLists.of[p.Lang] = list
	return list.options
}

func namedCountries(lang string, source []models.Country) []option {
	options := make([]option, 0, len(source))
	for _, c := range source {
		options = append(options, option{c.Code, countryName(lang, c)})
	}
	order := collate.New(tagOf(lang))
	slices.SortStableFunc(options, func(a, b option) int {
		if d := cmp.Compare(rank(a.value), rank(b.value)); d != 0 {
			return d
		}
		return order.CompareString(a.label, b.label)
	})
	return options
}

// countryName is the country's name in the language.
func countryName(lang string, c models.Country) string {
	if lang == "en" {
		return c.Name
	}
	region, err := language.ParseRegion(c.Code)
	if err != nil {
		return c.Name
	}
	name := display.Regions(tagOf(lang)).Name(region)
	if name == "" {
		return c.Name
	}
	return name
}

func rank(code string) int {
	if i := slices.Index(nearby, code); i >= 0 {
		return i
	}
	return len(nearby)
}

// stateGroup is one country's states.
type stateGroup struct {
	country, label string
	states         []models.State
}

// stateValue is a state as the form sends it: with its country, because the lists share codes (WA, PA), and without a script
// all of them can be chosen from.
func stateValue(s models.State) string { return s.Country + "-" + s.Code }

// stateGroups sorts the states under their countries, in the order in which the countries first appear.
func (p Page) stateGroups(states []models.State, countries []models.Country) []stateGroup {
	var groups []stateGroup
	for _, s := range states {
		i := slices.IndexFunc(groups, func(g stateGroup) bool { return g.country == s.Country })
		if i < 0 {
			label := s.Country
			if at := slices.IndexFunc(countries, func(c models.Country) bool { return c.Code == s.Country }); at >= 0 {
				label = countryName(p.Lang, countries[at])
			}
			groups = append(groups, stateGroup{country: s.Country, label: label})
			i = len(groups) - 1
		}
		groups[i].states = append(groups[i].states, s)
	}
	return groups
}

// withoutPostalCode are the countries that have no postal codes, so that the field can be hidden.
const withoutPostalCode = "HK MO AE AG AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM DJ DM ER FJ GA GD GH GM GN GQ GY KI KM KP ML MR MW " +
	"NA NR NU QA RW SB SC SL SR ST SY TD TG TK TL TO TV UG VU YE ZW"

// areaCodes are the international dialling codes (ITU-T E.164) with the places they lead to, Hong Kong's
// and its neighbours' first.
var areaCodes = parseAreaCodes(`852 HK;853 MO;86 CN;886 TW;1 US CA;7 RU KZ;20 EG;27 ZA;30 GR;31 NL;32 BE;33 FR;34 ES;36 HU;39 IT VA;40 RO;41 CH;
43 AT;44 GB GG IM JE;45 DK;46 SE;47 NO SJ;48 PL;49 DE;51 PE;52 MX;53 CU;54 AR;55 BR;56 CL;57 CO;58 VE;60 MY;61 AU CC CX;62 ID;63 PH;64 NZ;65 SG;66 TH;81 JP;
82 KR;84 VN;90 TR;91 IN;92 PK;93 AF;94 LK;95 MM;98 IR;211 SS;212 MA EH;213 DZ;216 TN;218 LY;220 GM;221 SN;222 MR;223 ML;224 GN;225 CI;226 BF;227 NE;228 TG;
229 BJ;230 MU;231 LR;232 SL;233 GH;234 NG;235 TD;236 CF;237 CM;238 CV;239 ST;240 GQ;241 GA;242 CG;243 CD;244 AO;245 GW;246 IO;248 SC;249 SD;250 RW;251 ET;
252 SO;253 DJ;254 KE;255 TZ;256 UG;257 BI;258 MZ;260 ZM;261 MG;262 RE YT;263 ZW;264 NA;265 MW;266 LS;267 BW;268 SZ;269 KM;290 SH;291 ER;297 AW;298 FO;299 GL;
350 GI;351 PT;352 LU;353 IE;354 IS;355 AL;356 MT;357 CY;358 FI AX;359 BG;370 LT;371 LV;372 EE;373 MD;374 AM;375 BY;376 AD;377 MC;378 SM;380 UA;381 RS;382 ME;
385 HR;386 SI;387 BA;389 MK;420 CZ;421 SK;423 LI;500 FK;501 BZ;502 GT;503 SV;504 HN;505 NI;506 CR;507 PA;508 PM;509 HT;590 GP BL MF;591 BO;592 GY;593 EC;
594 GF;595 PY;596 MQ;597 SR;598 UY;599 CW BQ;670 TL;672 NF;673 BN;674 NR;675 PG;676 TO;677 SB;678 VU;679 FJ;680 PW;681 WF;682 CK;683 NU;685 WS;686 KI;687 NC;
688 TV;689 PF;690 TK;691 FM;692 MH;850 KP;855 KH;856 LA;880 BD;960 MV;961 LB;962 JO;963 SY;964 IQ;965 KW;966 SA;967 YE;968 OM;970 PS;971 AE;972 IL;973 BH;
974 QA;975 BT;976 MN;977 NP;992 TJ;993 TM;994 AZ;995 GE;996 KG;998 UZ`)

type areaCode struct {
	code    string
	regions []string
}

func parseAreaCodes(table string) []areaCode {
	var codes []areaCode
	for entry := range strings.SplitSeq(table, ";") {
		parts := strings.Fields(entry)
		codes = append(codes, areaCode{parts[0], parts[1:]})
	}
	return codes
}

// areaLists are the choices of the area code by language: "+852 Hong Kong".
var areaLists = sync.OnceValue(func() map[string][]option {
	lists := map[string][]option{}
	for i, lang := range Languages {
		names := display.Regions(languageTags[i])
		for _, a := range areaCodes {
			var places []string
			for _, code := range a.regions {
				places = append(places, shortPlace(names.Name(language.MustParseRegion(code))))
			}
			separator := ", "
			if lang != "en" {
				separator = "、"
			}
			lists[lang] = append(lists[lang], option{a.code, "+" + a.code + " " + strings.Join(places, separator)})
		}
	}
	return lists
})

// shortPlace leaves out what makes Hong Kong's and Macao's names too long for a phone's select.
func shortPlace(name string) string {
	for _, long := range []string{" SAR China", "特别行政区", "特別行政區"} {
		if short, ok := strings.CutSuffix(name, long); ok {
			return strings.TrimPrefix(strings.TrimPrefix(short, "中国"), "中國")
		}
	}
	return name
}

// area is the area code to tick: the phone number's, else Hong Kong's.
func area(phone string) string {
	if a, _ := splitPhone(phone); a != "" {
		return a
	}
	return areaCodes[0].code
}
