package web

import (
	"raynetsync/internal/locale"
	"raynetsync/internal/record"
)

// changeRow is one field before and after.
type changeRow struct{ Field, Was, Is string }

// changeRow puts a change into words.
func (v *visit) changeRow(field record.Field, before, after record.Value) changeRow {
	row := changeRow{Field: v.t("field."+string(field), nil)}
	if field == record.EventClient { // our own block: its text is no news to anybody
		row.Is = v.t("plan.block", nil)
		return row
	}
	row.Was, row.Is = v.texts.Change(locale.Change{Field: field, Before: before, After: after}, v.zone, shownRunes)
	return row
}

// shownRunes is how much of a long value is shown.
const shownRunes = 120
