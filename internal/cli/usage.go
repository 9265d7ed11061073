package cli

import (
	"regexp"
	"strings"
)

// What the parser finds wrong, by its own words: it has them in English alone and tells no codes.
var (
	unexpectedPattern = regexp.MustCompile(`^unexpected argument (.+)$`)
	unknownPattern    = regexp.MustCompile(`^unknown flag (\S+)$`)
	missingPattern    = regexp.MustCompile(`^expected "<(\S+)>(?: .*)?"$`)
	noValuePattern    = regexp.MustCompile(`^(--\S+?)(?:=\S*)?: (?:missing value|expected .+ value but got "(?:EOL|-.*)").*$`)
	flagsPattern      = regexp.MustCompile(`^missing flags: (.+)$`)
	numberPattern     = regexp.MustCompile(`^(--\S+?)(?:=\S*)?: expected a valid \d+ bit u?int but got "(.*)"$`)
	durationPattern   = regexp.MustCompile(`^(--\S+?)(?:=\S*)?: expected duration but got "(.*?)"`)
)

// usage puts what the parser found wrong into the session's language. What it does not know stays as it is.
func (s *session) usage(text string) string {
	text, nearest, _ := strings.Cut(text, ", did you mean ")
	said := text
	for _, one := range []struct {
		key     string
		pattern *regexp.Regexp
	}{
		{"argument", unexpectedPattern}, {"flag", unknownPattern}, {"missing", missingPattern}, {"missing-flags", flagsPattern}, {"no-value", noValuePattern},
		{"number", numberPattern}, {"duration", durationPattern},
	} {
		found := one.pattern.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		word := found[1]
		if one.pattern == missingPattern {
			word = strings.ToUpper(word) // as the help writes it
		}
		said = s.t("cli.usage."+one.key, map[string]any{"Word": word, "Value": found[len(found)-1]})
		break
	}
	if nearest != "" {
		said += "; " + s.t("cli.usage.nearest", map[string]any{"Words": strings.ReplaceAll(strings.Trim(nearest, "?"), "one of ", "")})
	}
	return said
}
