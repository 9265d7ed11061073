package company

import "fmt"

// taskWays are the things that people do with what they have to do.
func taskWays() []what {
	return []what{
		of(Tasks, raynetWay("posunul v RAYNETu termín úkolu „%s“ o den", "posunula v RAYNETu termín úkolu „%s“ o den", "moved the deadline of “%s” by a day in RAYNET", func(e Edit, item map[string]any) map[string]any {
			deadline, _ := raynetTime(item["deadline"])
			return map[string]any{"deadline": e.c.raynetMoment(deadline.In(e.c.location).AddDate(0, 0, 1))}
		})),
		of(Tasks, outlookWay("posunul v To Do termín úkolu „%s“ o den", "posunula v To Do termín úkolu „%s“ o den", "moved the due date of “%s” by a day in To Do", func(e Edit, item map[string]any) map[string]any {
			due, _ := e.c.graphTime(item["dueDateTime"])
			return map[string]any{"dueDateTime": e.c.graphMoment(due.In(e.c.location).AddDate(0, 0, 1))}
		})),
		of(Tasks, raynetWay("dokončil v RAYNETu úkol „%s“", "dokončila v RAYNETu úkol „%s“", "completed the task “%s” in RAYNET", func(Edit, map[string]any) map[string]any {
			return map[string]any{"status": "COMPLETED"}
		})),
		of(Tasks, outlookWay("dokončil v To Do úkol „%s“", "dokončila v To Do úkol „%s“", "completed the task “%s” in To Do", func(Edit, map[string]any) map[string]any {
			return map[string]any{"status": "completed"}
		})),
		of(Tasks, raynetWay("přejmenoval v RAYNETu úkol „%s“", "přejmenovala v RAYNETu úkol „%s“", "renamed the task “%s” in RAYNET", func(e Edit, item map[string]any) map[string]any {
			return map[string]any{"title": renamed(e.Title(item), e.number)}
		})),
		of(Tasks, outlookWay("změnil v To Do důležitost úkolu „%s“", "změnila v To Do důležitost úkolu „%s“", "changed the importance of “%s” in To Do", func(_ Edit, item map[string]any) map[string]any {
			return map[string]any{"importance": opposite(item["importance"])}
		})),
		of(Tasks, raynetWay("doplnil v RAYNETu popis úkolu „%s“", "doplnila v RAYNETu popis úkolu „%s“", "described the task “%s” in RAYNET", func(e Edit, _ map[string]any) map[string]any {
			return map[string]any{"description": fmt.Sprintf("<p>Poznámka č. %d: podklady jsou v zakázce.</p>", e.number)}
		})),
		{kind: Tasks, side: Raynet, op: Create, cs: "založil v RAYNETu úkol „%s“", csFemale: "založila v RAYNETu úkol „%s“", en: "created the task “%s” in RAYNET"},
		{kind: Tasks, side: Outlook, op: Create, cs: "založil v To Do úkol „%s“", csFemale: "založila v To Do úkol „%s“", en: "created the task “%s” in To Do"},
		{kind: Tasks, side: Raynet, op: Delete, cs: "smazal v RAYNETu úkol „%s“", csFemale: "smazala v RAYNETu úkol „%s“", en: "deleted the task “%s” in RAYNET"},
	}
}
