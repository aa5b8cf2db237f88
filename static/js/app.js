// Everything here is a comfort: each page works without it.
import * as confirm from "./confirm.js";
import * as copy from "./copy.js";
import * as draft from "./draft.js";
import * as keys from "./keys.js";
import * as live from "./live.js";
import * as once from "./once.js";
import * as refresh from "./refresh.js";
import * as stepper from "./stepper.js";

confirm.start(); // before once: a form that still asks must not be locked
draft.start(); // before once: a form that stays must not be locked
once.start();
copy.start();
keys.start();
refresh.start();
live.start();
stepper.start();
