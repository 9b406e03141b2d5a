/** strftime in the C locale and UTC, which is where every machine of the simulation stands. */

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const DAY = 86_400_000;

export function formatDate(ms: number, format: string): string {
  const date = new Date(ms);
  return format.replace(/%([-_0^#]?)(\d*)(:{0,2}[a-zA-Z%])/g, (all, flag: string, width: string, code: string) => {
    const field = fieldOf(date, code);
    if (field === undefined) return all;
    let [text, size, fill] = field;
    if (flag === "-") size = 0;
    else if (flag === "_") fill = " ";
    else if (flag === "0") fill = "0";
    text = text.padStart(width === "" ? size : Number(width), fill);
    return flag === "^" ? text.toUpperCase() : text;
  });
}

/** Text, width and fill of one conversion. */
function fieldOf(date: Date, code: string): [string, number, string] | undefined {
  const ms = date.getTime();
  const number = (value: number, width: number, fill = "0"): [string, number, string] => [String(value), width, fill];
  const text = (value: string): [string, number, string] => [value, 0, " "];
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const dayOfYear = Math.floor((ms - yearStart) / DAY);
  const hour = date.getUTCHours();
  switch (code) {
    case "Y":
      return number(date.getUTCFullYear(), 4);
    case "C":
      return number(Math.floor(date.getUTCFullYear() / 100), 2);
    case "y":
      return number(date.getUTCFullYear() % 100, 2);
    case "m":
      return number(date.getUTCMonth() + 1, 2);
    case "d":
      return number(date.getUTCDate(), 2);
    case "e":
      return number(date.getUTCDate(), 2, " ");
    case "H":
      return number(hour, 2);
    case "k":
      return number(hour, 2, " ");
    case "I":
      return number(hour % 12 === 0 ? 12 : hour % 12, 2);
    case "l":
      return number(hour % 12 === 0 ? 12 : hour % 12, 2, " ");
    case "M":
      return number(date.getUTCMinutes(), 2);
    case "S":
      return number(date.getUTCSeconds(), 2);
    case "N":
      return [`${String(date.getUTCMilliseconds()).padStart(3, "0")}000000`, 9, "0"];
    case "j":
      return number(dayOfYear + 1, 3);
    case "u":
      return number(date.getUTCDay() === 0 ? 7 : date.getUTCDay(), 1);
    case "w":
      return number(date.getUTCDay(), 1);
    case "U":
      return number(Math.floor((dayOfYear + 7 - date.getUTCDay()) / 7), 2);
    case "V":
      return number(isoWeek(ms).week, 2);
    case "G":
      return number(isoWeek(ms).year, 4);
    case "s":
      return number(Math.floor(ms / 1000), 1);
    case "a":
      return text((DAYS[date.getUTCDay()] as string).slice(0, 3));
    case "A":
      return text(DAYS[date.getUTCDay()] as string);
    case "b":
    case "h":
      return text((MONTHS[date.getUTCMonth()] as string).slice(0, 3));
    case "B":
      return text(MONTHS[date.getUTCMonth()] as string);
    case "p":
      return text(hour < 12 ? "AM" : "PM");
    case "P":
      return text(hour < 12 ? "am" : "pm");
    case "Z":
      return text("UTC");
    case "z":
      return text("+0000");
    case ":z":
      return text("+00:00");
    case "n":
      return text("\n");
    case "t":
      return text("\t");
    case "%":
      return text("%");
    case "F":
      return text(formatDate(ms, "%Y-%m-%d"));
    case "T":
    case "X":
      return text(formatDate(ms, "%H:%M:%S"));
    case "R":
      return text(formatDate(ms, "%H:%M"));
    case "D":
    case "x":
      return text(formatDate(ms, "%m/%d/%y"));
    case "r":
      return text(formatDate(ms, "%I:%M:%S %p"));
    case "c":
      return text(formatDate(ms, "%a %b %e %H:%M:%S %Y"));
    default:
      return undefined;
  }
}

function isoWeek(ms: number): { year: number; week: number } {
  const date = new Date(ms);
  const day = date.getUTCDay() === 0 ? 7 : date.getUTCDay();
  const thursday = new Date(ms + (4 - day) * DAY);
  const year = thursday.getUTCFullYear();
  return { year, week: Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / DAY / 7) + 1 };
}
