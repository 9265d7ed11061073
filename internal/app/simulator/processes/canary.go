package processes

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"raynetsync/internal/app/stage"
)

// Everything that is written here has a name: a thing is known by a word in its title, and every value by another one, so that
// whatever is lost, doubled, brought back or told to somebody can be named.

// thingWord names a thing, inkWord a value, secretWord a text that must not leave the mailbox.
func thingWord(n int) string  { return fmt.Sprintf("k%05dk", n) }
func inkWord(n int) string    { return fmt.Sprintf("v%06dv", n) }
func secretWord(n int) string { return fmt.Sprintf("s%06ds", n) }

var (
	thingPattern = regexp.MustCompile(`k\d{5}k`)
	inkPattern   = regexp.MustCompile(`v\d{6}v`)
)

// wordsIn are all words of ours in a file. A pattern would take ten times as long, and files are large.
func wordsIn(data []byte) []string {
	var out []string
	for i, first := range data {
		long := 6
		switch first {
		case 'k':
			long = 5
		case 'v', 's':
		default:
			continue
		}
		if i+long+1 >= len(data) || data[i+long+1] != first {
			continue
		}
		if word := string(data[i : i+long+2]); strings.Trim(word[1:long+1], "0123456789") == "" {
			out = append(out, word)
		}
	}
	return out
}

// titleOf is the text by which people know a thing, in either service's own JSON.
func titleOf(raw map[string]any) string {
	for _, key := range []string{"title", "subject", "lastName", "surname"} {
		// An academic title is a contact's, and is not what he is known by.
		if value := stage.Text(raw[key]); value != "" && (key != "title" || raw["givenName"] == nil && raw["surname"] == nil) {
			return value
		}
	}
	return ""
}

// canaryOf is the word by which a thing is known, empty if nobody made it here.
func canaryOf(raw map[string]any) string { return thingPattern.FindString(titleOf(raw)) }

// inks are the values in all texts below v, sorted, each once.
func inks(v any) []string {
	var out []string
	walk(v, func(text string) { out = append(out, inkPattern.FindAllString(text, -1)...) })
	slices.Sort(out)
	return slices.Compact(out)
}

// walk meets every text below v.
func walk(v any, meet func(string)) {
	switch one := v.(type) {
	case string:
		meet(one)
	case map[string]any:
		for _, value := range one { // any order: every text is met
			walk(value, meet)
		}
	case nil, bool, int, int64, float64:
	default:
		for _, value := range stage.List(v) {
			walk(value, meet)
		}
	}
}

// without are the words of all that are not in those.
func without(all, those []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(word string) bool { return slices.Contains(those, word) })
}
