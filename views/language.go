package views

import "golang.org/x/text/language"

// Languages lists the languages of the pages; the first is the one that every text falls back to.
var Languages = []string{"en", "zh-Hans", "zh-Hant"}

var languageTags = []language.Tag{language.English, language.SimplifiedChinese, language.TraditionalChinese}

// matcher knows the regions too: Hong Kong, Macao and Taiwan write Traditional Chinese, the mainland and Singapore Simplified.
var matcher = language.NewMatcher([]language.Tag{
	language.English, language.SimplifiedChinese, language.TraditionalChinese,
	language.MustParse("zh-HK"), language.MustParse("zh-MO"), language.MustParse("zh-TW"),
	language.MustParse("zh-CN"), language.MustParse("zh-SG"),
})

var matched = []string{"en", "zh-Hans", "zh-Hant", "zh-Hant", "zh-Hant", "zh-Hant", "zh-Hans", "zh-Hans"}

// longestAccept bounds the work on a header that anybody may send.
const longestAccept = 200

// MatchLanguage chooses the page's language: what the address says, else the cookie, else the browser's
// Accept-Language, else the fallback. Each is a language tag (the header a list of them) as a stranger may have written it;
// what isn't a language of ours is passed over. The result is always one of Languages.
func MatchLanguage(query, cookie, acceptLanguage, fallback string) string {
	for _, wish := range []string{query, cookie, acceptLanguage, fallback} {
		if wish == "" || len(wish) > longestAccept {
			continue
		}
		tags, _, err := language.ParseAcceptLanguage(wish)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := matcher.Match(tags...); confidence > language.No {
			return matched[i]
		}
	}
	return Languages[0]
}
