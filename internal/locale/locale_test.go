package locale_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pelletier/go-toml/v2"

	"raynetsync/internal/locale"
)

// message is one text in one language. // plural form -> text; "" for a text without plural forms
type message map[string]string

// catalogue reads a catalogue as the program does not: by hand, to see what is really in it.
func catalogue(t *testing.T, lang string) map[string]message {
	t.Helper()
	files, err := filepath.Glob("texts/*" + lang + ".toml")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]message{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tree map[string]map[string]any
		if err := toml.Unmarshal(data, &tree); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		gather(t, file, tree, out)
	}
	if len(out) < 150 {
		t.Fatalf("%s: %d texts, want at least 150", lang, len(out))
	}
	return out
}

// gather adds the texts of one file; a key that another file has already is a mistake.
func gather(t *testing.T, file string, tree map[string]map[string]any, out map[string]message) {
	t.Helper()
	for group, texts := range tree {
		for code, value := range texts {
			key := group + "." + code
			if _, twice := out[key]; twice {
				t.Errorf("%s: %s stands in another file too", file, key)
			}
			switch value := value.(type) {
			case string:
				out[key] = message{"": value}
			case map[string]any:
				out[key] = message{}
				for form, text := range value {
					out[key][form] = text.(string)
				}
			default:
				t.Errorf("%s: %s is a %T", file, key, value)
			}
		}
	}
}

func TestCataloguesHaveTheSameKeys(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(keys(catalogue(t, "cs")), keys(catalogue(t, "en"))); diff != "" {
		t.Errorf("-Czech +English:\n%s", diff)
	}
}

func keys(c map[string]message) []string {
	var out []string
	for key, forms := range c {
		if _, single := forms[""]; single {
			out = append(out, key)
		} else {
			out = append(out, key+" (plural)")
		}
	}
	slices.Sort(out)
	return out
}

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	czech, english := catalogue(t, "cs"), catalogue(t, "en")
	for lang, texts := range map[string]map[string]message{"cs": czech, "en": english} {
		forms := map[string][]string{"cs": {"few", "many", "one", "other"}, "en": {"one", "other"}}[lang]
		for key, m := range texts {
			if _, single := m[""]; !single {
				var have []string
				for form := range m {
					have = append(have, form)
				}
				slices.Sort(have)
				if !slices.Equal(have, forms) {
					t.Errorf("%s: %s has the forms %v, want %v", lang, key, have, forms)
				}
			}
			for form, text := range m {
				if strings.TrimSpace(text) != text || text == "" {
					t.Errorf("%s: %s %s is empty or has spaces at its ends: %q", lang, key, form, text)
				}
				if got, want := placeholders(text), placeholders(first(english[key])); !slices.Equal(got, want) {
					t.Errorf("%s: %s %s has the placeholders %v, in English it has %v", lang, key, form, got, want)
				}
			}
		}
	}
}

func first(m message) string {
	for _, text := range m {
		return text
	}
	return ""
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

func placeholders(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return found
}

// Sentences end with a full stop, short texts do not: so they can be put together.
func TestSentences(t *testing.T) {
	t.Parallel()
	sentences := []string{"rule", "rule-change", "reason", "reason-change", "state-change", "overview", "forecast", "choice-means"}
	mixed := []string{ // whole screens and instructions
		"cli",
		"account",
		"demo",
		"check",
		"failure",
		"web",
		"alert",
		"setup", "setting", "settings", "people", "plan",
		"pages",
		"help",
	}
	for _, lang := range []string{"cs", "en"} {
		for key, m := range catalogue(t, lang) {
			group, _, _ := strings.Cut(key, ".")
			if slices.Contains(mixed, group) {
				continue
			}
			for _, text := range m {
				if want := slices.Contains(sentences, group); strings.HasSuffix(text, ".") != want {
					t.Errorf("%s: %s: %q: ends with a full stop: %v, want %v", lang, key, text, !want, want)
				}
			}
		}
	}
}

func TestEveryKeyIsFound(t *testing.T) {
	t.Parallel()
	named := regexp.MustCompile(`\{\{\.(\w+)\}\}`)
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		for key, m := range catalogue(t, lang) {
			args := map[string]any{}
			for _, text := range m {
				for _, found := range named.FindAllStringSubmatch(text, -1) {
					args[found[1]] = "R1"
				}
			}
			got := texts.T(key, args)
			if _, single := m[""]; !single {
				got = texts.N(key, 5, args)
			}
			if got == key || strings.Contains(got, "no value") || strings.Contains(got, "{{") || !texts.Has(key) {
				t.Errorf("%s: %s gives %q, Has %v", lang, key, got, texts.Has(key))
			}
		}
	}
}

func TestUnknownKeysCanBeSeen(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"cs", "en"} {
		texts := locale.New(lang)
		if got := texts.T("rule.nobody-wrote-this", nil); got != "rule.nobody-wrote-this" {
			t.Errorf("%s: T of an unknown key = %q", lang, got)
		}
		if got := texts.N("count.nobody-wrote-this", 2, nil); got != "count.nobody-wrote-this" {
			t.Errorf("%s: N of an unknown key = %q", lang, got)
		}
		if texts.Has("rule.nobody-wrote-this") {
			t.Errorf("%s has an unknown key", lang)
		}
	}
}

func TestLanguagesDiffer(t *testing.T) {
	t.Parallel()
	if got := locale.New("cs").T("state.linked", nil); !strings.HasPrefix(got, "propojeno") {
		t.Errorf("Czech is %q", got)
	}
	if got := locale.New("en").T("state.linked", nil); !strings.HasPrefix(got, "linked") {
		t.Errorf("English is %q", got)
	}
}

func TestPlural(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		lang, key string
		count     any
		want      string
	}{
		{"cs", "count.events", 0, "0 událostí"},
		{"cs", "count.events", 1, "1 událost"},
		{"cs", "count.events", 2, "2 události"},
		{"cs", "count.events", 4, "4 události"},
		{"cs", "count.events", 5, "5 událostí"},
		{"cs", "count.events", 21, "21 událostí"},
		{"cs", "count.events", 22, "22 událostí"},
		{"cs", "count.events", int64(12345), "12\u00a0345 událostí"},
		{"cs", "count.days", 1.5, "1,5 dne"},
		{"cs", "count.days", 2.0, "2 dny"},
		{"cs", "count.users", 3, "3 uživatelé"},
		{"en", "count.events", 0, "0 events"},
		{"en", "count.events", 1, "1 event"},
		{"en", "count.events", 2, "2 events"},
		{"en", "count.events", int64(12345), "12,345 events"},
		{"en", "count.days", 1.5, "1.5 days"},
	} {
		if got := locale.New(test.lang).N(test.key, test.count, nil); got != test.want {
			t.Errorf("%s: N(%s, %v) = %q, want %q", test.lang, test.key, test.count, got, test.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	args := map[string]any{"Reference": "7F3A"}
	for lang, want := range map[string]string{
		"cs": "vnitřní chyba programu, podrobnosti jsou v protokolu pod značkou 7F3A",
		"en": "an internal error, details are in the log under 7F3A",
	} {
		if got := locale.New(lang).T("error.internal", args); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestNewKnowsTheLanguage(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"cs": "cs", "CS": "cs", "cs-CZ": "cs", "cs_CZ.UTF-8": "cs", "sk": "cs", "sk_SK": "cs", "en": "en", "en-GB": "en", "de": "en", "": "en", "C": "en",
	} {
		if got := locale.New(name).Lang(); got != want {
			t.Errorf("New(%q) speaks %q, want %q", name, got, want)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, flag string
		env        map[string]string
		want       string
		wantErr    string
	}{
		{"nothing said", "", nil, "en", ""},
		{"flag wins", "cs", map[string]string{"RAYNETSYNC_LANG": "en", "LC_ALL": "en_US"}, "cs", ""},
		{"our variable before the system's", "", map[string]string{"RAYNETSYNC_LANG": "cs", "LC_ALL": "en_US"}, "cs", ""},
		{"LC_ALL before LANG", "", map[string]string{"LC_ALL": "C", "LANG": "cs_CZ.UTF-8"}, "en", ""},
		{"LC_MESSAGES before LANG", "", map[string]string{"LC_MESSAGES": "cs_CZ", "LANG": "en_US.UTF-8"}, "cs", ""},
		{"LANG", "", map[string]string{"LANG": "cs_CZ.UTF-8"}, "cs", ""},
		{"Slovak", "", map[string]string{"LANG": "sk_SK.UTF-8"}, "cs", ""},
		{"a system in another language", "", map[string]string{"LANG": "de_DE.UTF-8"}, "en", ""},
		{"unknown flag", "de", map[string]string{"LANG": "cs_CZ"}, "en", `--lang: language "de" is unknown: write cs or en`},
		{"unknown variable", "", map[string]string{"RAYNETSYNC_LANG": "česky"}, "en", `RAYNETSYNC_LANG: language "česky" is unknown: write cs or en`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := locale.Choose(test.flag, func(name string) string { return test.env[name] })
			message := ""
			if err != nil {
				message = err.Error()
			}
			if got != test.want || message != test.wantErr {
				t.Errorf("got %q, %q; want %q, %q", got, message, test.want, test.wantErr)
			}
		})
	}
}
