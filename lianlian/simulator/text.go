package simulator

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed locale/*.json
var localeFiles embed.FS

// locales are the languages of the pages; the first stands in for a text that another lacks.
var locales = []string{"en", "zh-Hans", "zh-Hant"}

var languageNames = map[string]string{"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}

var texts = loadTexts()

func loadTexts() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, l := range locales {
		content, err := localeFiles.ReadFile("locale/" + l + ".json")
		if err == nil {
			var m map[string]string
			err = json.Unmarshal(content, &m)
			all[l] = m
		}
		if err != nil {
			panic(fmt.Sprintf("simulator: locale %s: %v", l, err)) // a fault of the program: the files are part of it
		}
	}
	return all
}

// say returns a text; an unknown key shows itself.
func say(locale, key string) string {
	if t, ok := texts[locale][key]; ok {
		return t
	}
	if t, ok := texts[locales[0]][key]; ok {
		return t
	}
	return key
}
