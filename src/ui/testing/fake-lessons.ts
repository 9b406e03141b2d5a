/** Two lessons in the shape that the build makes, for a page without a worker. */
import type { LessonSource } from "../features/lessons/lesson-files.ts";
import type { LessonText } from "../state/lesson.ts";

const expose: LessonText = {
  id: "bootcamp-4-expose",
  track: "Bootcamp",
  order: 4,
  title: "Let the outside world in",
  estimatedMinutes: 8,
  blocks: [
    {
      type: "html",
      html: "<p>Your pods have addresses, but they change whenever a pod is replaced. A <strong>Service</strong> gives them one name and one address that stay.</p><p>Expose the deployment on a port of every node:</p>",
    },
    { type: "command", command: "kubectl expose deployment/hello --type=NodePort --port=8080" },
    { type: "html", html: "<p>Now call it a few times from your laptop and watch which pod answers.</p>" },
    { type: "command", command: "curl $(minikube ip):$NODE_PORT" },
    { type: "hint", html: "<p><code>kubectl get services</code> names the port that every node listens on.</p>" },
  ],
  objectives: [
    { id: "exists", text: "A Service named <code>hello</code> exists" },
    { id: "node-port", text: "It is reachable on a node port" },
    { id: "answers", text: "Four pods answer through it" },
  ],
};

const scale: LessonText = {
  id: "bootcamp-5-scale",
  track: "Bootcamp",
  order: 5,
  title: "More of the same",
  estimatedMinutes: 6,
  blocks: [
    { type: "html", html: "<p>A deployment keeps as many pods as you ask for. Ask for six.</p>" },
    { type: "command", command: "kubectl scale deployments/hello --replicas=6" },
  ],
  objectives: [{ id: "six", text: "Six pods of <code>hello</code> are ready" }],
};

const lessons = [expose, scale];

export const fakeLessons: LessonSource = {
  index: async () => lessons.map(({ id, track, order, title }) => ({ id, track, order, title: { en: title } })),
  async lesson(id) {
    const found = lessons.find((lesson) => lesson.id === id);
    if (found === undefined) throw new Error(id);
    return found;
  },
};
