package simulator

import "raynetsync/internal/record"

// crowds lists what is done to many things at once; it happens seldom, because it takes long.
func crowds() []verb {
	return []verb{
		deed("RAYNET: many things are imported", 1, func(w *world) { w.importMany(record.Raynet) }),
		deed("Outlook: many things are imported", 1, func(w *world) { w.importMany(record.Outlook) }),
		deed("RAYNET: many things are deleted", 2, (*world).deleteManyInRaynet),
		deed("Outlook: many things are deleted", 2, (*world).deleteManyInOutlook),
	}
}

// importMany makes many things of one kind on one side.
func (w *world) importMany(side record.Side) {
	kind, n := pick(w.rng, w.kinds...), 30+w.rng.IntN(30)
	for range n {
		switch {
		case kind == record.Contacts && side == record.Raynet:
			w.meetInRaynet()
		case kind == record.Contacts:
			w.meetInOutlook()
		case kind == record.Tasks && side == record.Raynet:
			w.assign()
		case kind == record.Tasks:
			w.jot()
		case side == record.Raynet:
			w.createInRaynet()
		default:
			w.createInOutlook()
		}
	}
}

// part is a tenth to a third of what there is.
func (w *world) part(all int) int { return all * (10 + w.rng.IntN(21)) / 100 }

func (w *world) deleteManyInRaynet() {
	kind := pick(w.rng, w.kinds...)
	for range w.part(len(w.records(kind))) {
		if kind == record.Calendar {
			w.deleteInRaynet()
		} else {
			w.removeRecord(kind)
		}
	}
}

func (w *world) deleteManyInOutlook() {
	kind, u := pick(w.rng, w.kinds...), pick(w.rng, w.users...)
	for range w.part(len(w.items(u, kind))) {
		if kind == record.Calendar {
			w.deleteInOutlook()
		} else {
			w.removeItem(kind)
		}
	}
}
