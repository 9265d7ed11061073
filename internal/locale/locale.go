// Package locale holds every text that people read, in Czech and English, and writes numbers, dates and durations as each
// language does.
//
// It knows keys, placeholders and plural forms. It refuses to know where a key comes from: the engine, the clients and the
// guards speak in codes, and whoever shows a code asks here for its text.
//
// A key is "<group>.<code>": rule, rule-change, reason, reason-change, state, pair, why, held, event, field, importance, value,
// kind, type, side, flow, clash, step, error for single texts; count and done for texts with a number (N). Codes are those of
// the constants in packages record, remote, journal and plan; a test finds constants without a text. Start reading at New;
// the texts are in texts: cs.toml and en.toml, and one pair of files for each large area (web.cs.toml and web.en.toml).
package locale

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed texts/*.toml
var catalogues embed.FS

// The languages.
const (
	Czech   = "cs"
	English = "en"
)

// Texts gives texts in one language. It is safe for concurrent use.
type Texts struct {
	lang      string
	localizer *i18n.Localizer
}

// New returns the texts in a language, named as in "cs", "cs-CZ" or "cs_CZ.UTF-8". Slovaks get Czech; whoever speaks a
// language that we do not, gets English.
func New(lang string) *Texts {
	known, ok := match(lang)
	if !ok {
		known = English
	}
	return &Texts{lang: known, localizer: i18n.NewLocalizer(bundle(), known)}
}

// bundle holds every catalogue; they are read once, for that takes longer than most answers.
var bundle = sync.OnceValue(func() *i18n.Bundle {
	out := i18n.NewBundle(language.English)
	out.RegisterUnmarshalFunc("toml", toml.Unmarshal)
	files, err := fs.Glob(catalogues, "texts/*.toml")
	for _, file := range files {
		if err == nil {
			_, err = out.LoadMessageFileFS(catalogues, file)
		}
	}
	if err != nil || len(files) == 0 {
		panic(fmt.Sprintf("locale.New: %d catalogues: %v", len(files), err)) // they are part of the program, and a test reads them
	}
	return out
})

// Lang returns Czech or English.
func (t *Texts) Lang() string { return t.lang }

// T returns the text of a key with its placeholders filled in. A key without a text is returned as it is, so that it can be
// seen and reported.
func (t *Texts) T(key string, args map[string]any) string {
	text, err := t.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: args})
	if err != nil || text == "" {
		return key
	}
	return text
}

// Has reports whether there is a text for a key.
func (t *Texts) Has(key string) bool {
	_, err := t.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: map[string]any{}})
	return err == nil
}

// N returns the text of a key in the plural form that count asks for. Count is an int, int64 or float64 and fills in the
// placeholder Count, written as the language writes numbers.
func (t *Texts) N(key string, count any, args map[string]any) string {
	filled := maps.Clone(args)
	if filled == nil {
		filled = map[string]any{}
	}
	var plural any
	switch n := count.(type) {
	case int:
		plural, filled["Count"] = n, t.Number(int64(n))
	case int64:
		plural, filled["Count"] = n, t.Number(n)
	case float64:
		text := strconv.FormatFloat(n, 'f', -1, 64)
		plural, filled["Count"] = text, t.decimal(text)
	default:
		return fmt.Sprintf("%s(%v)", key, count)
	}
	text, err := t.localizer.Localize(&i18n.LocalizeConfig{MessageID: key, TemplateData: filled, PluralCount: plural})
	if err != nil || text == "" {
		return key
	}
	return text
}

// Choose returns the language to speak: that of the command line if it is given, else of RAYNETSYNC_LANG, else of the system
// (LC_ALL, LC_MESSAGES, LANG, the first one that is set), else English. A language that somebody asked for and that we do not
// speak is an error in English; the system's is not.
func Choose(flag string, getenv func(string) string) (string, error) {
	for _, asked := range []struct{ from, value string }{{"--lang", flag}, {"RAYNETSYNC_LANG", getenv("RAYNETSYNC_LANG")}} {
		if asked.value == "" {
			continue
		}
		lang, ok := match(asked.value)
		if !ok {
			return English, fmt.Errorf("%s: language %q is unknown: write cs or en", asked.from, asked.value)
		}
		return lang, nil
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			if lang, ok := match(value); ok {
				return lang, nil
			}
			return English, nil
		}
	}
	return English, nil
}

// match finds a language that we speak by its name, with or without territory and encoding.
func match(name string) (lang string, ok bool) {
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ".")
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	switch name {
	case Czech, "sk":
		return Czech, true
	case English:
		return English, true
	}
	return "", false
}
