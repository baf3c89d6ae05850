import { mount } from "svelte";

import "@fontsource-variable/inter/wght.css";
import "./design/tokens.css";
import "./design/page.css";
import "./design/table.css";
import App from "./App.svelte";
import { applyPreferences } from "./account/preferences.svelte";

applyPreferences();
const target = document.getElementById("page");
if (target) mount(App, { target });
