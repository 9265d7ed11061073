package company

import (
	"fmt"
	"time"
)

// calendarWays are the things that people do in their calendars, the usual ones several times.
func calendarWays() []what {
	move := raynetWay("posunul v RAYNETu „%s“ o hodinu", "posunula v RAYNETu „%s“ o hodinu", "moved “%s” by an hour in RAYNET", shiftRaynet)
	shift := outlookWay("posunul v Outlooku „%s“ o hodinu", "posunula v Outlooku „%s“ o hodinu", "moved “%s” by an hour in Outlook", shiftOutlook)
	return []what{
		move, move, shift, shift,
		raynetWay("přejmenoval v RAYNETu „%s“", "přejmenovala v RAYNETu „%s“", "renamed “%s” in RAYNET", func(e Edit, item map[string]any) map[string]any {
			return map[string]any{"title": renamed(e.Title(item), e.number)}
		}),
		outlookWay("přejmenoval v Outlooku „%s“", "přejmenovala v Outlooku „%s“", "renamed “%s” in Outlook", func(e Edit, item map[string]any) map[string]any {
			return map[string]any{"subject": renamed(e.Title(item), e.number)}
		}),
		meetingPlace(),
		outlookWay("změnil v Outlooku místo události „%s“", "změnila v Outlooku místo události „%s“", "changed the place of “%s” in Outlook", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"location": map[string]any{"displayName": e.c.Clients[e.number%len(e.c.Clients)].City}}
		}),
		raynetWay("označil v RAYNETu „%s“ za důležité", "označila v RAYNETu „%s“ za důležité", "marked “%s” as important in RAYNET", func(Edit, map[string]any) map[string]any {
			return map[string]any{"priority": "CRITICAL"}
		}),
		raynetWay("doplnil v RAYNETu poznámku k „%s“", "doplnila v RAYNETu poznámku k „%s“", "added a note to “%s” in RAYNET", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"description": fmt.Sprintf("<p>Poznámka č. %d: vzít s sebou smlouvu.</p>", e.number)}
		}),
		outlookWay("změnil v Outlooku důležitost „%s“", "změnila v Outlooku důležitost „%s“", "changed the importance of “%s” in Outlook", func(_ Edit, item map[string]any) map[string]any {
			return map[string]any{"importance": opposite(item["importance"])}
		}),
		raynetWay("zrušil v RAYNETu „%s“", "zrušila v RAYNETu „%s“", "cancelled “%s” in RAYNET", func(Edit, map[string]any) map[string]any {
			return map[string]any{"status": "CANCELLED"}
		}),
		{kind: Calendar, side: Raynet, op: Create, cs: "založil v RAYNETu „%s“", csFemale: "založila v RAYNETu „%s“", en: "created “%s” in RAYNET"},
		{kind: Calendar, side: Outlook, op: Create, cs: "založil v Outlooku „%s“", csFemale: "založila v Outlooku „%s“", en: "created “%s” in Outlook"},
		{kind: Calendar, side: Raynet, op: Delete, cs: "smazal v RAYNETu „%s“", csFemale: "smazala v RAYNETu „%s“", en: "deleted “%s” in RAYNET"},
	}
}

func raynetWay(cs, csFemale, en string, patch func(Edit, map[string]any) map[string]any) what {
	return what{kind: Calendar, side: Raynet, op: Change, cs: cs, csFemale: csFemale, en: en, patch: patch}
}

func outlookWay(cs, csFemale, en string, patch func(Edit, map[string]any) map[string]any) what {
	return what{kind: Calendar, side: Outlook, op: Change, cs: cs, csFemale: csFemale, en: en, patch: patch}
}

// meetingPlace changes the place, which calls do not have.
func meetingPlace() what {
	way := raynetWay("změnil v RAYNETu místo schůzky „%s“", "změnila v RAYNETu místo schůzky „%s“", "changed the place of “%s” in RAYNET",
		func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"meetingPlace": fmt.Sprintf("Kancelář Brno, zasedačka %d", 1+e.number%5)}
		})
	way.fits = func(_ *Company, item map[string]any) bool {
		return item["_entityName"] == "Meeting" || item["_entityName"] == "Event"
	}
	return way
}

func shiftRaynet(e Edit, item map[string]any) map[string]any {
	patch := map[string]any{}
	for _, key := range []string{"scheduledFrom", "scheduledTill"} {
		if t, ok := raynetTime(item[key]); ok {
			patch[key] = e.c.raynetMoment(t.Add(time.Hour))
		}
	}
	return patch
}

func shiftOutlook(e Edit, item map[string]any) map[string]any {
	patch := map[string]any{}
	for _, key := range []string{"start", "end"} {
		if t, ok := e.c.graphTime(item[key]); ok {
			patch[key] = e.c.graphMoment(t.Add(time.Hour))
		}
	}
	return patch
}

// renamed adds a mark, or replaces the one of an earlier rename.
func renamed(title string, number int) string {
	runes := []rune(title)
	for i, r := range runes {
		if r == '✎' {
			runes = runes[:max(i-1, 0)]
			break
		}
	}
	return fmt.Sprintf("%s ✎%d", string(runes), number)
}

func opposite(importance any) string {
	if importance == "high" {
		return "normal"
	}
	return "high"
}
