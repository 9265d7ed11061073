package config

import (
	"strconv"
	"strings"
	"time"
)

// slot is the place of one value in a Config: it checks, keeps and shows it.
type slot struct {
	set func(parts []string) *fault // parts has one element, except for lists
	get func() string
}

// checked keeps what check makes of a text; a nil check keeps it as it is.
func checked(to *string, check func(string) (string, *fault)) slot {
	return slot{
		get: func() string { return *to },
		set: func(parts []string) *fault {
			value, f := parts[0], (*fault)(nil)
			if f = control(value); f != nil {
				return f
			}
			if check != nil {
				if value, f = check(value); f != nil {
					return f
				}
			}
			*to = value
			return nil
		},
	}
}

func hiddenText(to *Secret, check func(string) *fault) slot {
	return slot{
		get: func() string { return to.String() },
		set: func(parts []string) *fault {
			value := strings.TrimSpace(parts[0])
			if f := control(value); f != nil {
				return f
			}
			if check != nil {
				if f := check(value); f != nil {
					return f
				}
			}
			*to = NewSecret(value)
			return nil
		},
	}
}

func choice[T ~string](to *T, allowed []T) slot {
	return slot{
		get: func() string { return string(*to) },
		set: func(parts []string) *fault {
			value, f := oneOf(names(allowed))(parts[0])
			if f == nil {
				*to = T(value)
			}
			return f
		},
	}
}

// list keeps the parts that check returns, each once.
func list(to *[]string, check func(string) (string, *fault)) slot {
	return slot{
		get: func() string { return strings.Join(*to, ",") },
		set: func(parts []string) *fault {
			seen := map[string]bool{}
			kept := []string{}
			for _, part := range parts {
				value, f := check(part)
				if f != nil {
					return f
				}
				if !seen[value] {
					seen[value] = true
					kept = append(kept, value)
				}
			}
			*to = kept
			return nil
		},
	}
}

func number(to *int, least, most int) slot {
	return slot{
		get: func() string { return strconv.Itoa(*to) },
		set: func(parts []string) *fault {
			n, err := strconv.Atoi(strings.TrimSpace(parts[0]))
			if err != nil {
				return faultf(CodeType, map[string]string{"want": string(Number), "got": parts[0]},
					"write a whole number, such as "+strconv.Itoa(max(least, 1)), "%q is not a whole number", parts[0])
			}
			if n < least || n > most {
				return outOfBounds(parts[0], strconv.Itoa(least), strconv.Itoa(most))
			}
			*to = n
			return nil
		},
	}
}

func span(to *time.Duration, least, most time.Duration) slot {
	return slot{
		get: func() string { return shortDuration(*to) },
		set: func(parts []string) *fault {
			d, err := time.ParseDuration(strings.TrimSpace(parts[0]))
			if err != nil {
				return faultf(CodeDuration, map[string]string{"value": parts[0]},
					`write a number with its unit, such as "90s", "5m" or "24h"`, "%q is not a length of time", parts[0])
			}
			if d < least || d > most {
				return outOfBounds(parts[0], shortDuration(least), shortDuration(most))
			}
			*to = d
			return nil
		},
	}
}

func outOfBounds(value, least, most string) *fault {
	return faultf(CodeRange, map[string]string{"value": value, "least": least, "most": most},
		"write something from "+least+" to "+most, "%s is out of bounds", value)
}

// shortDuration writes 5m0s as 5m and 24h0m0s as 24h.
func shortDuration(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func day(to *time.Time) slot {
	return slot{
		get: func() string {
			if to.IsZero() {
				return ""
			}
			return to.Format(time.DateOnly)
		},
		set: func(parts []string) *fault {
			t, err := time.Parse(time.DateOnly, strings.TrimSpace(parts[0]))
			if err != nil {
				return faultf(CodeDate, map[string]string{"value": parts[0]},
					"write year-month-day, such as 2028-03-31", "%q is not a date", parts[0])
			}
			*to = t
			return nil
		},
	}
}
